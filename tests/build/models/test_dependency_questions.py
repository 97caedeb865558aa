"""Question A5 as a stranger asks it of the published file."""

from __future__ import annotations

from reading_kit import ask, rows

MAGNETS = {
    "cbs_concentrated": True, "cepii_geodep": True, "crm_act_65": None,
    "ec_2021_all_exports": True, "ec_2021_extra_eu_exports": True, "ec_2023_four_years": True,
    "iw_2025": True, "merics_2020": True, "merics_mtdd": True,
}  # fmt: skip


def test_a5_shows_definitions_with_values_thresholds_and_verdicts(connection):
    """Magnets, EU27, 2024: dependent under all that can tell, no strategic raw material."""
    answer = ask(connection, "a05", product="850511", year="2024")
    judged = [row for row in answer if row["is_dependent"] is not None]
    assert len({row["definition_name"] for row in judged}) >= 6
    assert all(row["value"] is not None and row["threshold"] is not None for row in judged)
    assert all(row["reason"] and row["certainty"] for row in answer)
    published = {
        row["definition_id"]: row["is_dependent"]
        for row in rows(
            connection,
            """
            from marts.fct_dependency_verdicts
            where reporter_code = 'EU27' and product_code = '850511' and period = '2024'
            """,
        )
    }
    assert MAGNETS.items() <= published.items()


def test_disagreements_are_listed_by_the_number_of_conflicting_definitions(connection):
    found = rows(connection, "from reports.rpt_dependency_disagreements")
    counts = [row["conflicting_count"] for row in found]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] >= 1
    for row in found[:200]:
        dependent = row["dependent_under"].split(", ")
        other = row["not_dependent_under"].split(", ")
        assert set(dependent).isdisjoint(other)
        assert (len(dependent), len(other)) == (row["dependent_count"], row["not_dependent_count"])
        assert row["conflicting_count"] == min(len(dependent), len(other))
