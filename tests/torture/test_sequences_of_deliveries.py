"""Tables of bulk sources by period, after any sequence of deliveries."""

from __future__ import annotations

import pytest
from bulk_kit import BELOW, MARTS, BulkWarehouse
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

MONTHS = ("2024-11", "2024-12", "2025-01", "2025-03")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.sampled_from(MONTHS), st.integers(1, 3)),
        st.tuples(st.just("withdraw"), st.sampled_from(MONTHS)),
        st.tuples(st.just("cut off"), st.sampled_from(MARTS)),
        st.tuples(st.just("run")),
    ),
    min_size=3,
    max_size=4,
)


@pytest.fixture(scope="module")
def warehouse(small_build, tmp_path_factory, shared_folder):
    folder = tmp_path_factory.mktemp("bulk") / "data"
    return BulkWarehouse(small_build, folder, shared_folder / "parsed")


@tried(1)
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
            assert warehouse.run(*BELOW, *details) == []
        else:
            assert warehouse.run() == []
    assert warehouse.run() == []
    incremental = warehouse.contents()
    assert warehouse.run(full_refresh=True) == []
    assert incremental == warehouse.contents()
