"""Break the project on purpose and see which test notices: python -m tools.faults [NAME...]. Each
fault of tests/faults.yml is put alone into a copy of the checkout, and the tests beside it run
there. NAME is a fault or its beginning (`law`). The exit code is 1 if one was not caught or its
text is not there exactly once."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from chokepoint.settings import PROJECT_DIR

LIST = Path("tests") / "faults.yml"
# tests/fixtures/build_kit.py reads it.
PARSED_BEFORE = "CHOKEPOINT_PARSED_BEFORE"
# Longer than a build of all bundled data takes on a busy machine.
LONGEST_SECONDS = 1800
OPTIONS = (
    "-n", "0", "-x", "-q", "--tb=short", "--hypothesis-seed=0", "-p", "no:cacheprovider",
    "-p", "tools.without_shrinking",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One change that breaks the project, and the tests that must fail with it."""

    name: str
    file: str
    find: str
    put: str
    breaks: str
    tests: Sequence[str]

    @property
    def is_fast(self) -> bool:
        return all(test.startswith("tests/fast/") for test in self.tests)

    def broken(self, project_dir: Path) -> str:
        """The file's text with the fault; ValueError if `find` does not occur exactly once."""
        text = (project_dir / self.file).read_text(encoding="utf-8")
        if text.count(self.find) != 1:
            raise ValueError(f"text occurs {text.count(self.find)} times in {self.file}")
        return text.replace(self.find, self.put)


def read_faults(project_dir: Path = PROJECT_DIR) -> list[Fault]:
    """The faults of tests/faults.yml, in its order."""
    return [Fault(**row) for row in yaml.safe_load((project_dir / LIST).read_text("utf-8"))]


def chosen(faults: Iterable[Fault], names: Sequence[str], only_fast: bool) -> list[Fault]:
    """Those whose name begins with one of the names; all without names."""
    beginnings = tuple(names) or ("",)
    return [
        one for one in faults if one.name.startswith(beginnings) and (one.is_fast or not only_fast)
    ]


def copy_checkout(folder: Path) -> Path:
    """Copy what git knows or would add; ../shared is a link, for the tests that read it."""
    copy, shared = folder / PROJECT_DIR.name, PROJECT_DIR.parent / "shared"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT_DIR, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT_DIR / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT_DIR / name, copy / name)
    if shared.is_dir():
        (folder / "shared").symlink_to(shared.resolve())
    return copy


def run_tests(copy: Path, tests: Iterable[str], before: Path | None = None) -> tuple[int, str]:
    """Run tests in the copy up to the first failure: pytest's exit code and words. `before`: folder
    of a run without the fault, whose parsing is kept."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    if before is not None and (before / "parsed").is_dir():
        environment[PARSED_BEFORE] = str(before / "parsed")
    command = [sys.executable, "-m", "pytest", *OPTIONS, f"--basetemp={copy.parent / 'run'}"]
    try:
        done = subprocess.run(
            [*command, *tests], cwd=copy, env=environment, capture_output=True, text=True,
            timeout=LONGEST_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return -1, f"no end within {LONGEST_SECONDS} s"
    return done.returncode, done.stdout + done.stderr


def catch(copy: Path, fault: Fault) -> tuple[str, str]:
    """The test that fails with the fault in the copy, empty if none does; and a word on why."""
    path = copy / fault.file
    whole = path.read_text(encoding="utf-8")
    # The tests render models and macros without dbt.
    is_sql = fault.file.startswith(("models/", "macros/")) and path.suffix == ".sql"
    try:
        path.write_text(fault.broken(copy), encoding="utf-8")
        code, said = run_tests(copy, fault.tests, copy.parent / "before" if is_sql else None)
    except ValueError as error:
        return "", str(error)
    finally:
        path.write_text(whole, encoding="utf-8")
    failed = re.search(r"^(FAILED|ERROR) (?:tests/)?(\S+)", said, re.MULTILINE)
    if code == 1 and failed:
        return failed[2] + (" (in its setup)" if failed[1] == "ERROR" else ""), ""
    return "", "NOT CAUGHT" if code == 0 else f"pytest ended with {code}: {said[-500:]}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a fault, or how its name begins")
    parser.add_argument("--list", action="store_true", help="list the faults and run nothing")
    parser.add_argument("--fast", action="store_true", help="only those that tests/fast catches")
    options = parser.parse_args(arguments)
    faults = chosen(read_faults(), options.names, options.fast)
    if not faults:
        parser.error("no fault has such a name; --list shows them")
    if options.list:
        print("\n".join(f"{fault.name}: {fault.breaks} [{fault.file}]" for fault in faults))
        return 0
    table, missed = [], 0
    with tempfile.TemporaryDirectory(prefix="chokepoint-faults-") as folder:
        copy = copy_checkout(Path(folder))
        code, said = run_tests(copy, dict.fromkeys(test for one in faults for test in one.tests))
        if code:
            print(f"The tests fail without any fault; nothing was tried.\n{said[-3000:]}")
            return 1
        # Tests that write no file make no folder.
        (Path(folder) / "run").mkdir(exist_ok=True)
        (Path(folder) / "run").rename(Path(folder) / "before")
        for fault in faults:
            began = time.monotonic()
            caught_by, trouble = catch(copy, fault)
            missed += not caught_by
            print(f"{fault.name}: {caught_by or trouble}", flush=True)
            said = caught_by or trouble.splitlines()[0]
            table.append(f"| {fault.name} | {said} | {time.monotonic() - began:.0f} |")
    print("\n| fault | caught by | seconds |\n|---|---|---|", *table, sep="\n")
    print(f"{len(faults) - missed} of {len(faults)} faults were caught.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
