"""Versions and hashes of what is installed beside the project, and that both are asked for."""

import re

import pytest

from chokepoint.settings import PROJECT_DIR


@pytest.mark.parametrize(
    "path", sorted((PROJECT_DIR / "requirements").glob("*.txt")), ids=lambda path: path.stem
)
def test_each_package_has_one_version_and_hashes_and_no_host(path):
    lines = path.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    packages = [line for line in lines if line and not line.startswith("#")]
    assert packages
    for line in packages:
        assert re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line[:80]
        assert "://" not in line


def test_whoever_installs_a_list_asks_for_its_hashes():
    programs = [
        path.read_text(encoding="utf-8")
        for folder in ("chokepoint", "benchmarks", "tests/fixtures")
        for path in (PROJECT_DIR / folder).rglob("*.py")
    ]
    found = [text for text in programs if re.search(r'"pip", "install"', text)]
    assert len(found) > 1
    assert all("--require-hashes" in text for text in found)
