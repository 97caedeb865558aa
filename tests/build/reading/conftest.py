"""What tests of the site share."""

import csv

import pytest


@pytest.fixture(scope="session")
def table(whole_site):
    """Rows of a CSV of the site by its name below data/; none where there is no such file."""

    def table(name):
        path = whole_site / "data" / f"{name}.csv"
        if not path.is_file():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return table
