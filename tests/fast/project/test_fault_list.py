"""Each fault of tests/faults.yml still fits the code: who moves code moves the fault with it."""

import re

import pytest

from chokepoint.settings import PROJECT_DIR
from tools.faults import chosen, read_faults

FAULTS = read_faults()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_be_put_in_and_its_tests_exist(fault):
    assert fault.broken(PROJECT_DIR) != (PROJECT_DIR / fault.file).read_text(encoding="utf-8")
    assert fault.tests
    for test in fault.tests:
        path, _, name = test.partition("::")
        text = (PROJECT_DIR / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), test


def test_names_are_unique_and_chosen_by_their_beginning():
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names))
    assert {fault.name for fault in chosen(FAULTS, ["law-"], False)} == {
        name for name in names if name.startswith("law-")
    }
    assert all(fault.is_fast for fault in chosen(FAULTS, [], True))
