"""The walk over dbt's graph that inputs, column facts and private checks share."""

from chokepoint.warehouse.graph import made_from, made_into, raw_tables, reached

MANIFEST = {
    "nodes": {
        "seed.p.s": {"name": "s", "resource_type": "seed"},
        "model.p.a": {
            "name": "a",
            "resource_type": "model",
            "depends_on": {"nodes": ["seed.p.s", "source.p.landing.deliveries"]},
        },
        "model.p.b": {
            "name": "b",
            "resource_type": "model",
            "depends_on": {"nodes": ["model.p.a", "source.p.landing.f", "model.p.disabled"]},
        },
    },
    "sources": {
        "source.p.landing.f": {"name": "f", "resource_type": "source"},
        "source.p.landing.deliveries": {"name": "deliveries", "resource_type": "source"},
    },
}


def test_a_circle_is_walked_once():
    assert reached(["a"], {"a": ["b"], "b": ["a", "c"], "c": []}.__getitem__) == {"a", "b", "c"}


def test_a_model_is_made_from_all_that_its_models_read():
    """Also what is switched off is named by its reader: it is not in the graph."""
    assert made_from(MANIFEST, "model.p.b") == {
        "model.p.b", "model.p.a", "seed.p.s", "source.p.landing.f", "source.p.landing.deliveries",
    }  # fmt: skip
    assert made_into(MANIFEST, ["seed.p.s"]) == {"seed.p.s", "model.p.a", "model.p.b"}


def test_lists_of_deliveries_are_no_raw_tables():
    assert raw_tables(MANIFEST, "model.p.b") == ["f", "s"]
