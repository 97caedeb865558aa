"""Changes between two years of the worked table, computed outside this project."""

import csv

from chokepoint.settings import PROJECT_DIR

DATA = PROJECT_DIR / "tools" / "figures"


def test_changes_of_the_hhi_equal_the_worked_table(published):
    """2019 to 2021, from outside the EU: CDI1."""
    with (DATA / "eu27_cdi_baci_hs92.csv").open() as file:
        table = {(row["k"], row["year"]): row for row in csv.DictReader(file)}
    changes = dict(
        published.execute(
            """
            select distinct product_code, hhi_value_change from marts.fct_hhi_changes
            where reporter_code = 'EU27' and supplier_scope = 'extra_eu'
                and source_id = 'baci_hs92_bilateral' and period = '2021' and base_period = '2019'
            """
        ).fetchall()
    )
    compared = 0
    for product, change in changes.items():
        sides = [table.get((product, year)) for year in ("2019", "2021")]
        if not all(sides):
            continue
        before, after = (float(side["CDI1"]) for side in sides)
        assert abs(change - (after - before)) <= 1e-9, product
        compared += 1
    assert compared >= 30, "the worked table and the bundled codes should overlap"
