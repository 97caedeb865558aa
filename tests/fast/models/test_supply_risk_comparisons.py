"""What a comparison with a print is worth, and means of groups, by the SQL of the models."""

import duckdb
import pytest
from stand_ins import STAND_INS

from chokepoint.settings import PROJECT_DIR
from chokepoint.warehouse.model_sql import ModelSql

MODELS = ModelSql(PROJECT_DIR)


@pytest.fixture
def world():
    with duckdb.connect(":memory:", config={"threads": 1}) as con:
        con.execute(
            f"""
            create table int_production__supply_risk_inputs
                ({STAND_INS["int_production__supply_risk_inputs"]});
            create table material_names
                (list_id text, name_in_list text, material text);
            create table stg_production__criticality_history
                (material text, assessment_year integer, supply_risk decimal(6, 3));
            """
        )
        yield con


def fill(con, name, *rows):
    for row in rows:
        marks = ", ".join("?" * len(row))
        con.execute(f"insert into {name} ({', '.join(row)}) values ({marks})", list(row.values()))


def material(name, hhi, low, high, printed=None, **more):
    """An assessed material with global supply only; `hhi` is its supply risk."""
    row = {
        "assessment_id": "ec2023", "material": name, "stage": "processing",
        "supply_mode": "global_only", "hhi_global": hhi, "hhi_global_low": low,
        "hhi_global_high": high, "published_supply_risk": printed, "published_half_unit": 0.05,
        "is_known_bad_input": False, "is_fitted_to_print": False, "has_unknown_input": True,
    }  # fmt: skip
    for name, value in (("eol_rir", 0), ("si_sr", 1), ("import_reliance", 0)):
        row |= {name: value, f"{name}_low": value, f"{name}_high": value}
    return row | more


def risks(con):
    MODELS.run(con, "fct_supply_risk")
    cursor = con.execute("from fct_supply_risk")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["material"]: row for row in rows}


@pytest.mark.parametrize(
    ("printed", "more", "expected"),
    [
        (2.0, {"has_unknown_input": False}, "reproduced"),
        (2.0, {}, "within_bounds"),
        (2.0, {"is_fitted_to_print": True}, "fitted"),
        (9.0, {"is_fitted_to_print": True}, "fitted"),
        (9.0, {"has_unknown_input": False}, "differs"),
        (None, {"is_fitted_to_print": True}, None),
    ],
)
def test_a_fitted_figure_is_never_a_reproduced_one(world, printed, more, expected):
    fill(
        world,
        "int_production__supply_risk_inputs",
        material("Madeupium", 2.0, 1.5, 2.5, printed, **more),
    )
    assert risks(world)["Madeupium"]["published_comparison"] == expected


def group(con, *members):
    fill(
        con,
        "material_names",
        *(
            {"list_id": "crm2023_groups", "name_in_list": "MUMs", "material": member}
            for member in members
        ),
    )
    fill(
        con,
        "stg_production__criticality_history",
        {"material": "MUMs", "assessment_year": 2023, "supply_risk": 2.0},
    )


def test_a_group_is_the_mean_of_its_members_and_no_material(world):
    group(world, "Madeupium", "otherium")
    fill(
        world,
        "int_production__supply_risk_inputs",
        material("Madeupium", 1.0, 0.5, 1.5),
        material("Otherium", 3.0, 2.5, 3.5),
        material("Thirdium", 9.0, 9.0, 9.0),
    )
    found = risks(world)
    mean = found["MUMs"]
    assert [mean[f"supply_risk{end}"] for end in ("", "_low", "_high")] == [2.0, 1.5, 2.5]
    assert (mean["published_supply_risk"], mean["published_comparison"]) == (2.0, "within_bounds")
    assert {name for name, row in found.items() if row["is_group"]} == {"MUMs"}
    assert {name: row["group_id"] for name, row in found.items()} == {
        "MUMs": "MUMs", "Madeupium": "MUMs", "Otherium": "MUMs", "Thirdium": None
    }  # fmt: skip


def test_a_member_that_is_not_known_leaves_bounds(world):
    group(world, "Madeupium", "Otherium")
    fill(
        world,
        "int_production__supply_risk_inputs",
        material("Madeupium", 1.0, 0.5, 1.5),
        material("Otherium", None, 2.5, 3.5),
    )
    mean = risks(world)["MUMs"]
    assert (mean["supply_risk"], mean["supply_risk_low"]) == (None, 1.5)
    assert mean["reason"] == "supply risk not known of Otherium"


def test_a_group_without_one_of_its_members_has_no_mean(world):
    """A mean of some would pass for that of all."""
    group(world, "Madeupium", "Otherium")
    fill(world, "int_production__supply_risk_inputs", material("Madeupium", 1.0, 0.5, 1.5))
    assert "MUMs" not in risks(world)
