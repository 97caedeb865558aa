"""The notebook `first_answers` runs on the published file, and what sources say in it is text."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR

NOTEBOOK = PROJECT_DIR / "notebooks" / "first_answers.py"
AS_OF = "2026-11-25"
MARKUP = "<script>alert('title')</script><img src=x onerror=alert(1)>"
