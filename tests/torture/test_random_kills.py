"""Commands killed at random moments: a reader always sees one whole release, and a build mends."""

import os
import random
import shutil
from dataclasses import dataclass

import own_rows
import pytest
from build_kit import Build, run_cli
from own_rows import RESTRICTED
from random_kills import CHANGED, Kills, content_of, kill_at_random

from chokepoint.landing.land import withdraw
from chokepoint.landing.store import Store
from chokepoint.releases.published import unlike_checksums
from chokepoint.settings import Settings


@dataclass(frozen=True)
class RecoveredBuild(Build):
    """A build after commands that were killed."""

    kills: Kills


@pytest.fixture(scope="module")
def recovered_build(own_build, small_environment, tmp_path_factory) -> RecoveredBuild:
    """Own rows withdrawn, CHOKEPOINT_KILLS commands killed one after the other, a build and a site
    let live, in a new place."""
    data_dir = shutil.copytree(
        own_build.data_dir, tmp_path_factory.mktemp("killed") / "data", symlinks=True
    )
    settings = Settings(data_dir=data_dir)
    for path in (data_dir / "inbox").glob(f"*{own_rows.MARK}*"):
        path.unlink()
        withdraw(settings, path.name)
    # Bundled deliveries land anew, so that every stage has something to write.
    landed = data_dir / "landing"
    for folder in [*landed.iterdir(), *(landed / "_manifest").iterdir()]:
        if not folder.name.startswith("_"):
            shutil.rmtree(folder)
    count = int(os.environ.get("CHOKEPOINT_KILLS", "6"))
    seed = int(os.environ.get("CHOKEPOINT_KILLS_SEED", "0")) or random.randrange(1, 10**6)
    kills = kill_at_random(data_dir, small_environment, own_build.output, count, seed)
    # What was delivered between the kills is taken back.
    (data_dir / "inbox" / CHANGED).unlink()
    for delivery in Store(settings.landing_dir, "hmrc_imports_monthly").recover():
        if CHANGED in delivery.file_names:
            withdraw(settings, delivery.vintage)
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, kills.story + done.stdout[-3000:] + done.stderr[-3000:]
    assert run_cli("dashboard", "--no-sql", data_dir=data_dir, **small_environment).returncode == 0
    kills.note()
    return RecoveredBuild(data_dir, done.stdout, kills)


def test_killed_at_any_moment_the_next_build_succeeds(small_build, own_build, recovered_build):
    """SIGKILL at random moments of builds, publications, rollbacks and the site: each release was
    seen whole and as one, and the build that is let live makes what the first one had made."""
    kills, data_dir = recovered_build.kills, recovered_build.data_dir
    assert kills.faults == [], kills.story
    assert kills.seen <= set(kills.known.values()), kills.story
    assert kills.mirror <= {(one[0], one[2]) for one in kills.known.values()}, kills.story
    assert content_of(own_build.published) in kills.seen
    release, *content = content_of(recovered_build.published)
    assert release > content_of(own_build.published)[0]
    assert content == list(content_of(small_build.published)[1:]), kills.story
    left = [
        path.name
        for pattern in (".tmp-*", ".activate-*", ".site-new*", "duckdb_temp_*")
        for path in data_dir.rglob(pattern)
    ]
    assert left == [], kills.story
    assert list(unlike_checksums(data_dir / "published")) == []


def test_without_own_rows_the_private_copy_has_none(own_build, recovered_build):
    """What may not be passed on is left in it."""
    assert own_rows.places_of_mark(own_build.data_dir / "private")
    data_dir = recovered_build.data_dir
    for name in ("published", "private"):
        assert own_rows.places_of_mark(data_dir / name) == set()
    assert f"what comes of {RESTRICTED}" in recovered_build.output
    with recovered_build.connect_private() as con:
        assert con.execute(
            f"select count(*) from marts.fct_partner_shares where source_id = '{RESTRICTED}'"
        ).fetchone()[0]
