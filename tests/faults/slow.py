"""The slow half of the fault tests: many repetitions, for `make faults`."""

import os

import pytest

slow = pytest.mark.skipif(
    not os.environ.get("QUANYU_SLOW_FAULTS"),
    reason="many repetitions: `make faults` runs it (QUANYU_SLOW_FAULTS=1)",
)
