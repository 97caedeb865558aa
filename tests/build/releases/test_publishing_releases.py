"""Releases: put in place, rolled back, pruned; what readers see meanwhile."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import publishing_warehouse as kit
import pytest
from damages import flip, page_of

from chokepoint.cli.commands import releasing, status
from chokepoint.errors import ChokepointError
from chokepoint.reading.queries import run_query
from chokepoint.releases.candidate import load_candidate
from chokepoint.releases.published import (
    activate,
    current_release,
    finish_activation,
    finish_release,
    list_releases,
    prune,
    rollback,
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A data folder in which releases of so many rows were published one after the other."""
    made = {}

    def folder(*counts):
        if counts not in made:
            settings = kit.make_settings(tmp_path_factory.mktemp("kept"))
            if counts[1:]:
                shutil.copytree(folder(*counts[:-1]), settings.data_dir, symlinks=True)
            kit.publish(settings, counts[-1])
            made[counts] = settings.data_dir
        return made[counts]

    return folder


@pytest.fixture
def published(settings, kept):
    """Releases of so many rows in the data folder; their names, the oldest first."""

    def put(*counts):
        shutil.copytree(kept(*counts), settings.data_dir, symlinks=True)
        return [release.release_id for release in list_releases(settings)[::-1]]

    return put


def test_nothing_is_there_before_the_first_release(settings):
    assert list_releases(settings) == []
    assert current_release(settings) is None
    assert finish_activation(settings) is None
    with pytest.raises(ChokepointError, match="no earlier release"):
        rollback(settings)


def test_a_finished_release_is_not_public_before_it_is_activated(settings, published):
    (first,) = published(10)
    kit.make_warehouse(settings, kit.rows(20))
    second = finish_release(kit.candidate(settings), [])
    kit.assert_in_place(settings, 10, first)
    activated = activate(settings, second.release_id)
    kit.assert_in_place(settings, 20, second.release_id)
    assert set(second.seconds | activated.seconds) == {
        "copy", "verify", "meta", "mirror", "checksums", "sync", "activate",
    }  # fmt: skip
    folder = settings.published_dir / "releases" / second.release_id
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o444}


def test_releases_sort_by_age_even_within_a_second_and_against_the_clock(settings, published):
    ids = published(10, 20, 30)
    assert sorted(ids) == ids
    assert [release.release_id for release in list_releases(settings)] == ids[::-1]
    earlier = kit.publish(settings, built_at=kit.DAY.replace(year=2020))
    assert earlier.release_id > ids[-1]
    assert earlier.built_at.year == 2020


def test_a_log_left_beside_the_file_is_not_replayed(settings, published):
    """DuckDB replays `<file>.wal` over whatever file lies there."""
    published(10)
    other = settings.data_dir / "other.duckdb"
    con = duckdb.connect(str(other))
    con.execute("pragma disable_checkpoint_on_shutdown")
    con.execute("create schema marts; create table marts.intruder as select 1 as a")
    con.close()
    log = other.with_name("other.duckdb.wal")
    assert log.is_file()
    stale = settings.published_path.with_name("chokepoint.duckdb.wal")
    stale.write_bytes(log.read_bytes())
    finish_activation(settings)
    assert not stale.exists()
    stale.write_bytes(log.read_bytes())
    second = kit.publish(settings, 20).release_id
    kit.assert_in_place(settings, 20, second)


def test_the_mirror_changes_at_once(settings, published, monkeypatch):
    """Whoever lists `parquet/` while a release is put in place sees all of one release."""
    (first,) = published(10)
    kit.make_warehouse(settings, kit.rows(20), "create table marts.fct_new as select 1 as a")
    second = kit.publish(settings).release_id
    rollback(settings, first)
    folder = settings.published_dir / "parquet"
    states = []

    def state():
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def looking(sound):
        def look(*args, **kwargs):
            states.append(state())
            return sound(*args, **kwargs)

        return look

    before = state()
    for name in ("replace", "rename", "symlink_to", "unlink"):
        monkeypatch.setattr(Path, name, looking(getattr(Path, name)))
    activate(settings, second)
    after = state()
    assert set(after) - set(before) == {"fct_new.parquet"}
    rollback(settings, first)
    assert state() == before
    assert len(states) > 10
    assert all(one in (before, after) for one in states)


def test_a_mirror_that_was_copied_as_a_folder_becomes_a_link(settings, published):
    (release_id,) = published(10)
    folder = settings.published_dir / "parquet"
    home = folder.resolve()
    folder.unlink()
    home.rename(folder)
    finish_activation(settings)
    assert folder.is_symlink()
    kit.assert_in_place(settings, 10, release_id)


def test_writing_to_the_published_file_does_not_reach_the_release(settings):
    """A BI tool that opens the file for writing must not spoil what a rollback returns to."""
    # Published here: a copy of a folder has no links between its files.
    release_id = kit.publish(settings, 10).release_id
    con = duckdb.connect(str(settings.published_path))
    con.execute("delete from marts.fct_shares")
    con.close()
    assert kit.query(settings.published_path, kit.COUNT) == [(0,)]
    finish_activation(settings)
    kit.assert_in_place(settings, 10, release_id)


def test_rollback_goes_back_and_publishing_goes_on(settings, published):
    first, second = published(10, 20)
    assert rollback(settings) == first
    kit.assert_in_place(settings, 10, first)
    third = kit.publish(settings, 30).release_id
    kit.assert_in_place(settings, 30, third)
    # The second release was bad: going back from the third must not bring it back.
    assert rollback(settings) == first
    kit.assert_in_place(settings, 10, first)
    with pytest.raises(ChokepointError, match=f"no earlier release.*{first}"):
        rollback(settings)
    assert rollback(settings, second) == second
    kit.assert_in_place(settings, 20, second)
    assert [release.is_withdrawn for release in list_releases(settings)] == [True, False, False]


def test_only_listed_names_are_releases(settings, published):
    first, _ = published(10, 20)
    for name in ("../../warehouse", "..", "", "/etc", "2026", ".tmp-x", "*"):
        for function in (rollback, activate):
            with pytest.raises(ChokepointError, match=f"Releases: .*{first}"):
                function(settings, name)
    assert kit.query(settings.published_path, kit.COUNT) == [(20,)]


def test_rollback_to_the_current_release_mends_a_file_of_the_same_size_and_time(
    settings, published, capsys
):
    assert not releasing.verify(settings), "there is nothing yet"
    (release_id,) = published(20_000)
    assert releasing.verify(settings)
    path = settings.published_path
    flip(path, page_of(path, "marts.fct_shares") + 5000)
    assert not releasing.verify(settings)
    said = capsys.readouterr().out
    assert f"{settings.published_dir}: chokepoint.duckdb missing or not as SHA256SUMS says" in said
    assert f"chokepoint publish --rollback {release_id}" in said
    assert f"verified   {settings.published_dir}/releases/{release_id}" in said
    assert rollback(settings, release_id) == release_id
    assert releasing.verify(settings)
    kit.assert_in_place(settings, 20_000, release_id)


def test_a_damaged_release_is_named_and_passed_over(settings, published, capsys):
    """Its folder and what readers have stay; publishing goes on, and rolls back to another."""
    earlier, current = published(10, 20)
    path = settings.published_dir / "releases" / current / "release.json"
    path.chmod(0o600)
    for damage in ('{\n"release_id": ', "{\n", "[" * 100_000, "[]", "{}", "\0"):
        path.write_text(damage)
        for ask in (
            lambda: status.status(settings),
            lambda: releasing.verify(settings),
            lambda: releasing.releases(settings, rollback=False, to=None, keep=None),
        ):
            assert not ask()
            said = capsys.readouterr().out
            assert str(path) in said
            assert "What to do: run `make build`" in said
            assert "Nothing is published" not in said
            assert "names none" not in said
            assert "Error" not in said, said
            assert earlier in said
        with pytest.raises(ChokepointError, match=rf"{path}(, line \d)? is damaged"):
            rollback(settings, current)
        assert kit.query(settings.published_path, kit.COUNT) == [(20,)]
    assert rollback(settings) == earlier
    newer = kit.publish(settings, 30).release_id
    kit.assert_in_place(settings, 30, newer)
    assert path.is_file()
    assert prune(settings, keep=1) == [current, earlier]


@pytest.mark.parametrize("kept_lines", ["nothing", "all but the end", "dictionary.csv", "  [^r]"])
def test_a_list_that_is_not_whole_verifies_nothing(settings, published, capsys, kept_lines):
    """It is one file with the release's own: of what it leaves out nobody can tell."""
    (release_id,) = published(10)
    listed = (settings.published_dir / "SHA256SUMS").read_text()
    lines = [line for line in listed.splitlines(keepends=True) if re.search(kept_lines, line)]
    whole = listed[:-5] if kept_lines == "all but the end" else "".join(lines)
    for folder in (settings.published_dir, settings.published_dir / "releases" / release_id):
        (folder / "SHA256SUMS").chmod(0o600)
        (folder / "SHA256SUMS").write_text(whole)
    flip(settings.published_path, 9)
    assert not releasing.verify(settings)
    said = capsys.readouterr().out
    assert said.count("missing or not as SHA256SUMS says") == 2
    assert "--rollback" not in said, "no release is whole"
    with pytest.raises(ChokepointError, match="is missing or differs"):
        releasing.releases(settings, rollback=True, to=release_id, keep=None)
    assert finish_activation(settings) == release_id
    assert settings.published_path.is_file()


def test_verify_goes_back_to_what_readers_have(settings, published, capsys):
    """Not to a newer release that was withdrawn."""
    earlier, newer = published(10, 20)
    rollback(settings)
    flip(settings.published_path, 9)
    assert not releasing.verify(settings)
    assert f"--rollback {earlier}`" in capsys.readouterr().out
    folder = settings.published_dir / "releases" / earlier
    flip(folder / "chokepoint.duckdb", 9)
    (settings.published_dir / "SHA256SUMS").unlink()
    assert not releasing.verify(settings)
    said = capsys.readouterr().out
    assert f"{settings.published_dir}: SHA256SUMS missing" in said
    assert f"{folder}: chokepoint.duckdb missing or not" in said
    assert "do not go back to this one" in said
    assert f"--rollback {newer}" not in said
    assert "run `make build`" in said


def test_a_question_to_a_file_with_a_broken_page_is_told_what_it_is(settings, published, tmp_path):
    (release_id,) = published(20_000)
    path = settings.published_path
    flip(path, page_of(path, "marts.fct_shares") + 5000)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "x1_all.sql").write_text(
        "-- What is there?\nselect bit_xor(hash(shares)) from marts.fct_shares as shares;\n"
    )
    with pytest.raises(ChokepointError, match="is damaged: Corrupt database file") as caught:
        run_query(replace(settings, project_dir=tmp_path), "x1")
    assert f"--rollback {release_id}" in caught.value.remedy


def test_rollback_refuses_a_damaged_release(settings, published):
    first, second = published(10, 20)
    damaged = settings.published_dir / "releases" / first / "chokepoint.duckdb"
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(ChokepointError, match="differs from the checksum"):
        rollback(settings)
    kit.assert_in_place(settings, 20, second)


def test_prune_keeps_the_newest_and_the_current(settings, published):
    ids = published(10, 20, 30, 40)
    rollback(settings, ids[0])
    assert prune(settings, keep=2) == [ids[1]]
    left = [release.release_id for release in list_releases(settings)]
    assert left == [ids[3], ids[2], ids[0]]
    kit.assert_in_place(settings, 10, ids[0])
    with pytest.raises(ChokepointError, match="at least 1"):
        prune(settings, keep=0)


def test_another_process_can_finish_a_candidate(settings):
    """Dagster may run every step in a process of its own."""
    kit.make_warehouse(settings, kit.rows(10))
    candidate = kit.candidate(settings)
    loaded = load_candidate(settings, candidate.release_id)
    assert loaded == candidate
    release = finish_release(loaded, [])
    assert release.content_hash == candidate.content_hash
    with pytest.raises(ChokepointError, match="no candidate"):
        load_candidate(settings, candidate.release_id)
    with pytest.raises(ChokepointError, match="is gone"):
        finish_release(candidate, [])


def test_the_mirror_of_the_release_before_can_be_read_until_the_next(settings, published):
    first, second = published(10, 20)
    rollback(settings, first)
    home = settings.published_dir / (settings.published_dir / "parquet").readlink()
    activate(settings, second)
    assert duckdb.sql(f"select count(*) from '{home}/fct_shares.parquet'").fetchall() == [(10,)]
    assert kit.left_over(settings) == []
    rollback(settings, first)
    assert not home.exists()
