"""What tests of the site share."""

import csv
import shutil

import duckdb
import pytest

from chokepoint.settings import PROJECT_DIR, Settings


@pytest.fixture
def changed(full_build, tmp_path):
    """Settings of a data folder whose published file was changed by statements."""

    def changed(*statements, parameters=()):
        settings = Settings(project_dir=PROJECT_DIR, data_dir=tmp_path / "data")
        settings.published_dir.mkdir(parents=True)
        shutil.copyfile(full_build.published, settings.published_path)
        with duckdb.connect(str(settings.published_path)) as con:
            for statement in statements:
                con.execute(statement, parameters if "?" in statement else [])
        return settings

    return changed


@pytest.fixture(scope="session")
def folder(whole_site):
    """The site of the bundled data."""
    return whole_site


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
