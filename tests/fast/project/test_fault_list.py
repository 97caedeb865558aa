"""Each fault of tests/faults.yml still fits the code: who moves code moves the fault with it."""

import re

import pytest

from chokepoint.settings import PROJECT_DIR
from tools.faults import read_faults

FAULTS = read_faults()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_be_put_in_and_its_tests_exist(fault):
    assert fault.broken(PROJECT_DIR) != (PROJECT_DIR / fault.file).read_text(encoding="utf-8")
    assert fault.tests
    for test in fault.tests:
        path, _, name = test.partition("::")
        text = (PROJECT_DIR / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), test
