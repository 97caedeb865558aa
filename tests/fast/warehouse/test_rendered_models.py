"""Models are rendered without dbt as dbt compiles them: the tests of faults rest on it."""

from rendered_models import models_of, with_models_as_they_are


def words(sql):
    return " ".join(sql.split())


def test_every_model_has_the_sql_that_dbt_compiles(manifest):
    made = with_models_as_they_are(manifest)["nodes"]
    models = models_of(manifest)
    assert len(models) > 400
    assert [
        node["name"]
        for node in models
        if words(node["compiled_code"]) != words(made[node["unique_id"]]["compiled_code"])
    ] == []
