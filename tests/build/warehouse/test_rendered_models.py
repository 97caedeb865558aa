"""Models and tests are rendered without dbt as dbt compiles them: tests of models rest on it."""

from build_kit import read_artifact
from rendered_models import is_rendered

from chokepoint.settings import Settings


def words(node):
    """Those of a model that lists the models of the project in any order, as dbt has read them."""
    found = node["compiled_code"].split()
    return sorted(found) if "nodes_of(" in node["raw_code"] else found


def test_every_model_and_test_has_the_sql_that_dbt_compiles(manifest, full_build):
    compiled = read_artifact(Settings(data_dir=full_build.data_dir), "manifest.json")["nodes"]
    names = [name for name, node in compiled.items() if is_rendered(node)]
    assert len(names) > 500
    assert [name for name in names if words(compiled[name]) != words(manifest["nodes"][name])] == []
