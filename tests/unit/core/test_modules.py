"""What processes of a node do not load."""

import subprocess
import sys

_PROGRAM = """
import sys
from quanyu.core.modules import do_without_pandas
do_without_pandas()
import pyarrow
assert pyarrow.array([1, None]).null_count == 1
print("pandas" in sys.modules)
"""


def test_arrow_does_not_load_pandas_in_a_node():
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
