"""Tables of bulk sources by period: incremental equals full, and the same figures as small ones."""

from __future__ import annotations

import pytest
from bulk_kit import MARTS, SOURCE, BulkWarehouse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MONTHS = ("2024-11", "2024-12", "2025-01", "2025-03")

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.sampled_from(MONTHS), st.integers(1, 3)),
        st.tuples(st.just("withdraw"), st.sampled_from(MONTHS)),
        st.tuples(st.just("cut off"), st.sampled_from(MARTS)),
        st.tuples(st.just("run")),
    ),
    min_size=4,
    max_size=8,
)


@pytest.fixture(scope="module")
def warehouse(small_build, tmp_path_factory):
    return BulkWarehouse(small_build, tmp_path_factory.mktemp("bulk") / "data")


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_sequence_of_deliveries_leaves_what_a_full_build_makes(warehouse, steps):
    """A month left stale, doubled or half replaced would stay wrong in every later release."""
    for step, *details in steps:
        if step == "deliver":
            warehouse.deliver(*details)
        elif step == "withdraw":
            warehouse.withdraw(*details)
        elif step == "cut off":
            # A run that ends after some of the models.
            assert warehouse.run("int_trade__bulk_flows_at_hand", *details) == []
        else:
            assert warehouse.run() == []
    assert warehouse.run() == []
    incremental = warehouse.contents()
    assert warehouse.run(full_refresh=True) == []
    assert incremental == warehouse.contents()
