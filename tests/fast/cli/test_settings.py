"""Settings are checked before anything starts: a wrong one is named with its value."""

import duckdb
import jinja2
import pytest
import yaml

from chokepoint.errors import ChokepointError
from chokepoint.settings import PROJECT_DIR, Settings

WRONG = {
    "THREADS": ("two", "0", "-1", "1.5", "100000000000", "9" * 5000),
    "MEMORY_LIMIT": (
        "lots", "1000", "-1GB", "12kB", "0%", "1GB; drop table x", "9" * 20 + "GB", "٣GB",
    ),
    "DATA_DIR": (
        "/dev/null", "/dev/null/below", "README.md", ".", "models", "/srv/a#b", "/srv/what?/data",
        '/srv/"data"', "/srv/a\\b", "seeds/trade", "data/../orchestration/new",
        str(PROJECT_DIR.parent),
    ),
    "TEMP_DIR": ("/dev/null", "README.md/below", ".", "seeds", "/proc/chokepoint"),
    "TEMP_LIMIT": ("much", "90%", "100", "9" * 20 + "GB"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "value"),
    [(f"CHOKEPOINT_{name}", value) for name, values in WRONG.items() for value in values],
)
def test_a_wrong_setting_is_named_with_its_value(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ChokepointError) as caught:
        Settings.from_env()
    assert variable in caught.value.what
    assert repr(value)[:900] in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("512MB", "488.2 MiB"), ("1GB", "953.6 MiB"), ("1.5 gb", "1.3 GiB"), ("64MiB", "64.0 MiB"),
        ("1T", "931.3 GiB"), ("80%", None),  # a share of this machine's memory
    ],
)  # fmt: skip
def test_memory_as_duckdb_reads_it(monkeypatch, value, read_as):
    monkeypatch.setenv("CHOKEPOINT_MEMORY_LIMIT", value)
    limit = Settings.from_env().memory_limit
    with duckdb.connect(config={"memory_limit": limit}) as con:
        shown = con.execute("select current_setting('memory_limit')").fetchone()[0]
    assert shown == read_as if read_as else shown.endswith("iB")


def test_empty_variables_count_as_none(monkeypatch):
    """`CHOKEPOINT_DATA_DIR= make build` once wrote into the checkout itself."""
    for name in ("DATA_DIR", "RAW_DIR", "THREADS", "MEMORY_LIMIT", "TEMP_DIR", "TEMP_LIMIT"):
        monkeypatch.setenv(f"CHOKEPOINT_{name}", "")
    assert Settings.from_env() == Settings()


def test_a_relative_folder_starts_at_the_checkout(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", "data-2")
    assert Settings.from_env().data_dir == PROJECT_DIR / "data-2"


def test_memory_threads_and_spilling_come_from_one_place(monkeypatch, tmp_path):
    """A connection that forgets one of them takes 80 % of the machine, or fills another disk."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CHOKEPOINT_TEMP_DIR", str(tmp_path / "large" / "disk"))
    monkeypatch.setenv("CHOKEPOINT_TEMP_LIMIT", "5GB")
    monkeypatch.setenv("CHOKEPOINT_THREADS", "1")
    settings = Settings.from_env()
    names = ("threads", "memory_limit", "temp_directory", "max_temp_directory_size")
    asked = ", ".join(f"current_setting('{name}')" for name in names)
    with duckdb.connect(config=settings.duckdb_config()) as con:
        found = con.execute(f"select {asked}").fetchone()
    assert found == (1, "953.6 MiB", str(tmp_path / "large" / "disk"), "4.6 GiB")
    for word in ("1 thread,", "1GB", str(settings.temp_dir), "5GB"):
        assert word in settings.resources()


def test_dbt_by_hand_reads_the_same_settings(monkeypatch, tmp_path):
    """`dbt build` in the checkout without the command line, and with only the data folder named."""

    def rendered(**environment):
        def env_var(name, default=""):
            return environment.get(name, default)

        profile = yaml.safe_load((PROJECT_DIR / "profiles.yml").read_text())
        settings = profile["chokepoint"]["outputs"]["duckdb"]["config_options"]
        renderer = jinja2.Environment(autoescape=False)
        renderer.filters["as_number"] = int
        return {
            name: renderer.from_string(text).render(env_var=env_var)
            for name, text in settings.items()
        }

    by_hand = rendered(CHOKEPOINT_DATA_DIR=str(tmp_path))
    ours = Settings(data_dir=tmp_path).duckdb_config()
    assert by_hand == {name: str(value) for name, value in ours.items()}
    own = Settings(data_dir=tmp_path, own_temp_dir=tmp_path / "own", temp_limit="5GB", threads=3)
    assert rendered(**own.environment()) == {k: str(v) for k, v in own.duckdb_config().items()}
