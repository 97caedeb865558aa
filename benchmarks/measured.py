"""Processes that are measured, and their environments. Standard library only: peers use it too."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]


def requirements(peer: str) -> str:
    """What an environment of peers needs, as its list in requirements/ says."""
    return (PROJECT_DIR / "requirements" / f"{peer}.txt").read_text(encoding="utf-8")


def make_environment(peer: str) -> Path:
    """Python of the environment `.cache/<peer>`, made from its list of requirements if it is not.

    Another process that asks at the same time waits. RuntimeError with the installer's words.
    """
    from filelock import FileLock

    folder = PROJECT_DIR / ".cache" / peer
    installed, python = folder / "installed.txt", folder / "bin" / "python"
    # Virtual environments hold absolute paths, so one that was moved does not count.
    wanted = f"{sys.version}\n{folder}\n{requirements(peer)}"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if installed.is_file() and installed.read_text(encoding="utf-8") == wanted:
            return python
        uv, listed = Path(sys.prefix) / "bin" / "uv", PROJECT_DIR / "requirements" / f"{peer}.txt"
        install = ["pip", "install", "--quiet", "--require-hashes", "--python", python]
        for arguments in (
            ["venv", "--quiet", "--clear", "--python", sys.executable, folder],
            [*install, "-r", listed],
        ):
            done = subprocess.run([uv, *arguments], capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"{peer} cannot be installed:\n{done.stderr}")
        installed.write_text(wanted, encoding="utf-8")
    return python


def run(
    script: Path, *arguments: object, python: Path | str = sys.executable, **environment: str
) -> dict:
    """Run a script in a process of its own; the last line that it prints is what it measured."""
    done = subprocess.run(
        [str(python), str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=PROJECT_DIR,
        env={**os.environ, **environment},
    )
    if done.returncode:
        said = (done.stdout[-3000:] + done.stderr[-5000:]).strip()
        raise SystemExit(f"{script.name} {' '.join(map(str, arguments))} failed:\n{said}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def peak_mb() -> float:
    """Peak memory of this process; getrusage also counts its parent before it began."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def report(begun: float, **more: float) -> None:
    """Print seconds since `begun`, of the processor in all, and peak memory in MB."""
    told = {
        "seconds": time.perf_counter() - begun,
        "cpu_seconds": time.process_time(),
        "peak_mb": peak_mb(),
    }
    print(json.dumps(told | more))
