"""The same deliveries make the same content anywhere: in six builds any two values of any two
circumstances meet."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import odd_deliveries
import pytest
from build_kit import hand_parse, ran

from chokepoint.releases.published import RELEASE_FILE

# zone, threads, memory, seed of Python's hashes, locale; the folder is another one each time.
BUILDS = (
    ("UTC", "2", "256MB", "1", "C.utf8"),
    ("Asia/Shanghai", "1", "256MB", "1", "de_DE.utf8"),
    ("America/St_Johns", "1", "4GB", "1", "C.utf8"),
    ("UTC", "1", "4GB", "2", "de_DE.utf8"),
    ("Asia/Shanghai", "2", "4GB", "2", "C.utf8"),
    ("America/St_Johns", "2", "256MB", "2", "de_DE.utf8"),
)


def test_all_pairs_of_circumstances_meet():
    for one, other in itertools.combinations(zip(*BUILDS, strict=True), 2):
        assert len(set(zip(one, other, strict=True))) == len(set(one)) * len(set(other))


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """A folder with the German locale, made by `localedef` from Debian's package `locales`."""
    folder = tmp_path_factory.mktemp("locales")
    if not Path("/usr/share/i18n/locales/de_DE").exists():
        subprocess.run(["apt-get", "update"], check=False, capture_output=True)
        subprocess.run(["apt-get", "install", "-y", "locales"], check=True, capture_output=True)
    command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.utf8")]
    subprocess.run(command, check=True, capture_output=True)
    shutil.copytree("/usr/lib/locale/C.utf8", folder / "C.utf8")
    return folder


def test_one_content_hash(locales, small_environment, shared_folder, tmp_path):
    found = {}
    for number, (zone, threads, memory, seed, locale) in enumerate(BUILDS):
        data_dir = tmp_path / f"{number} of six" / ("data" * (1 + number))
        hand_parse(shared_folder / "parsed", data_dir)
        odd_deliveries.deliver(data_dir / "inbox")
        # A new process: Python reads the hash seed and the locale when it starts.
        ran(sys.executable, "-m", "chokepoint.cli", "build", env={
                **os.environ, **small_environment, "CHOKEPOINT_DATA_DIR": str(data_dir),
                "TZ": zone, "CHOKEPOINT_THREADS": threads, "CHOKEPOINT_MEMORY_LIMIT": memory,
                "PYTHONHASHSEED": seed, "LC_ALL": locale, "LOCPATH": str(locales),
            })  # fmt: skip
        published = data_dir / "published" / "releases"
        (release,) = [path for path in published.iterdir() if not path.name.startswith(".")]
        state = json.loads((release / RELEASE_FILE).read_text())
        found[zone, threads, memory, seed, locale] = state["content_hash"]
        shutil.rmtree(data_dir)
    assert len(set(found.values())) == 1, found
