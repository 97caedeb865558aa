"""What Dagster's page shows of builds on the command line: the published tables that changed."""

import shutil

import pytest
from dagster import AssetKey, DagsterInstance

from chokepoint.cli.build import tell_web_page
from chokepoint.settings import Settings
from orchestration.history import released

TABLE = AssetKey(["marts", "fct_import_concentration"])
RELEASE = AssetKey(["publish", "release"])


@pytest.fixture
def settings(full_build, tmp_path):
    """The release of the bundled data beside an empty history."""
    made = Settings(data_dir=tmp_path / "data")
    made.data_dir.mkdir()
    made.published_dir.symlink_to(full_build.published.parent)
    made.dagster_home.mkdir()
    shutil.copyfile(made.project_dir / "dagster.yaml", made.dagster_home / "dagster.yaml")
    return made


def test_a_table_is_shown_with_rows_and_content_once(settings, published):
    (rows, content_hash), (release_id,), (tables,) = (
        published.execute(sql).fetchone()
        for sql in (
            "select row_count, content_hash from meta.relations "
            "where relation_name = 'fct_import_concentration'",
            "select release_id from meta.build",
            "select count(*) from meta.relations where content_hash is not null",
        )
    )
    tell_web_page(settings)
    with DagsterInstance.from_config(str(settings.dagster_home)) as kept:
        found = kept.get_latest_materialization_events([TABLE, RELEASE])
        shown = {
            key: {name: value.value for name, value in event.asset_materialization.metadata.items()}
            for key, event in found.items()
        }
        assert shown[TABLE] == {
            "dagster/row_count": rows, "content_hash": content_hash, "release_id": release_id,
        }  # fmt: skip
        assert shown[RELEASE]["release_id"] == release_id
        assert len([key for key in kept.all_asset_keys() if key.path[0] != "publish"]) == tables
    assert tables > 90
    assert list(released(settings)) == [], "what was told is not told again"


def test_only_what_changed_is_told_of_the_next_release(settings):
    told = [event.asset_key for event in released(settings)]
    path = settings.dagster_home / "periods.json"
    text = path.read_text()
    hash_of = next(line for line in text.splitlines() if '"marts.fct_import_concentration"' in line)
    path.write_text(text.replace(hash_of, hash_of.replace(': "', ': "another ')))
    assert [event.asset_key for event in released(settings)] == [TABLE]
    assert {TABLE, RELEASE} <= set(told)


def test_a_damaged_file_is_told_nothing_of(settings):
    """The page must start all the same: the next build puts the file in place again."""
    kept = settings.published_dir.resolve()
    settings.published_dir.unlink()
    settings.published_dir.mkdir()
    for path in kept.iterdir():
        if path.name != settings.published_path.name:
            (settings.published_dir / path.name).symlink_to(path)
    settings.published_path.write_bytes(b"garbage" * 4096)
    assert list(released(settings)) == []
