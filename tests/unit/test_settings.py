"""Settings are checked before anything starts: a wrong one is named with its value."""

import pytest

from orchestration.errors import ChokepointError
from orchestration.settings import PROJECT_DIR, Settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CHOKEPOINT_THREADS", "two"),
        ("CHOKEPOINT_THREADS", "0"),
        ("CHOKEPOINT_THREADS", "-1"),
        ("CHOKEPOINT_THREADS", "1.5"),
        ("CHOKEPOINT_THREADS", "100000000000"),
        ("CHOKEPOINT_MEMORY_LIMIT", "lots"),
        ("CHOKEPOINT_MEMORY_LIMIT", "1000"),
        ("CHOKEPOINT_MEMORY_LIMIT", "-1GB"),
        ("CHOKEPOINT_MEMORY_LIMIT", "12kB"),
        ("CHOKEPOINT_MEMORY_LIMIT", "0%"),
        ("CHOKEPOINT_MEMORY_LIMIT", "1GB; drop table x"),
        ("CHOKEPOINT_DATA_DIR", "/dev/null"),
        ("CHOKEPOINT_DATA_DIR", "/dev/null/below"),
        ("CHOKEPOINT_DATA_DIR", "README.md"),
        ("CHOKEPOINT_DATA_DIR", "."),
        ("CHOKEPOINT_DATA_DIR", "models"),
        ("CHOKEPOINT_DATA_DIR", "seeds/trade"),
        ("CHOKEPOINT_DATA_DIR", "data/../orchestration/new"),
        ("CHOKEPOINT_DATA_DIR", str(PROJECT_DIR.parent)),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ChokepointError) as caught:
        Settings.from_env()
    assert variable in caught.value.what
    assert repr(value) in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("512MB", "488.2 MiB"),
        ("1GB", "953.6 MiB"),
        ("1.5 gb", "1.3 GiB"),
        ("64MiB", "64.0 MiB"),
        ("1T", "931.3 GiB"),
        ("80%", None),  # a share of this machine's memory
    ],
)
def test_memory_as_duckdb_reads_it(monkeypatch, value, read_as):
    import duckdb

    monkeypatch.setenv("CHOKEPOINT_MEMORY_LIMIT", value)
    limit = Settings.from_env().memory_limit
    with duckdb.connect(config={"memory_limit": limit}) as con:
        shown = con.execute("select current_setting('memory_limit')").fetchone()[0]
    assert shown == read_as if read_as else shown.endswith("iB")


def test_empty_variables_count_as_none(monkeypatch):
    """`CHOKEPOINT_DATA_DIR= make build` once wrote into the checkout itself."""
    for name in ("DATA_DIR", "RAW_DIR", "THREADS", "MEMORY_LIMIT"):
        monkeypatch.setenv(f"CHOKEPOINT_{name}", "")
    assert Settings.from_env() == Settings()


def test_a_relative_folder_starts_at_the_checkout(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", "data-2")
    assert Settings.from_env().data_dir == PROJECT_DIR / "data-2"
