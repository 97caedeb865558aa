"""The same models on Spark: the chain that outgrows one machine, row by row as DuckDB has it.

`make torture` compares all marts on all that is bundled (tests/torture/test_spark.py).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest
from build_kit import Build, build_models
from scale_input import Generator, periods

from chokepoint.settings import Settings
from chokepoint.spark import engine

MARTS = ("fct_import_concentration", "fct_partner_shares")
CHAIN = [f"+{name}" for name in MARTS]
GENERATED_ROWS = 500_000
MONTHS = 4


@pytest.mark.skipif(
    os.environ.get("CHOKEPOINT_SKIP_SPARK") == "1", reason="CHOKEPOINT_SKIP_SPARK=1"
)
def test_marts_of_the_chain_are_the_same_on_both_engines(
    small_build: Build, shared_folder, tmp_path
):
    """On the small and the odd deliveries, with generated rows of a bulk source."""
    settings = replace(Settings.from_env(), data_dir=tmp_path)
    shutil.copytree(small_build.data_dir / "landing", settings.landing_dir)
    generator = Generator(settings.landing_dir, GENERATED_ROWS // MONTHS, seed=5)
    rows = sum(generator.write(period) for period in periods(MONTHS))
    assert rows > 0.95 * GENERATED_ROWS
    build_models(settings, CHAIN, shared_folder / "parsed")
    assert engine.build(settings, ["--quiet", "--select", *CHAIN]) == 0, "\n".join(
        engine.failures(settings)
    )
    results = engine.compare(settings, MARTS)
    assert [f"{result.name}: {fault}" for result in results for fault in result.faults] == []
    assert [result.name for result in results] == list(MARTS)
    assert min(result.rows for result in results) > GENERATED_ROWS / 8
