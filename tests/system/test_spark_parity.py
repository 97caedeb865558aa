"""The same models on Spark: every mart of the bundled data is DuckDB's, row by row."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from chokepoint.settings import Settings
from chokepoint.spark import engine, parity


@pytest.fixture(scope="module")
def spark_build(full_build):
    """Settings of the bundled build, with Spark's tables beside DuckDB's."""
    if os.environ.get("CHOKEPOINT_SKIP_SPARK") == "1":
        pytest.skip("CHOKEPOINT_SKIP_SPARK=1")
    settings = replace(Settings.from_env(), data_dir=full_build.data_dir)
    manifest = json.loads((settings.dbt_target_dir / "manifest.json").read_bytes())
    left_out = parity.not_compared()
    names = [n["name"] for n in parity.marts_of(manifest) if n["name"] not in left_out]
    code = engine.build(settings, ["--quiet", "--select", *(f"+{name}" for name in names)])
    assert code == 0, "\n".join(engine.failures(settings))
    return settings


def test_every_mart_is_the_same_on_both_engines(spark_build):
    """All but those of not_compared.csv; a mart of that list that is equal is a fault too."""
    results = engine.compare(spark_build)
    assert [f"{result.name}: {fault}" for result in results for fault in result.faults] == []
    assert sum(result.rows for result in results) > 300_000
