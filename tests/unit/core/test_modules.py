"""What processes of a node do not load."""

import subprocess
import sys

_ARROW = """
import sys
from quanyu.core.modules import do_without_pandas
do_without_pandas()
import pyarrow
assert pyarrow.array([1, None]).null_count == 1
print("pandas" in sys.modules)
"""

_WEB = """
import sys
from quanyu.core.modules import do_without_extras
do_without_extras()
import httpx, litestar
assert litestar.Litestar([]).routes is not None and httpx.Client
print("pydantic" in sys.modules, "rich" in sys.modules)
"""


def test_arrow_does_not_load_pandas_in_a_node():
    assert _said(_ARROW) == "False\n"


def test_the_web_libraries_load_neither_models_nor_a_command_line_that_nobody_uses():
    assert _said(_WEB) == "False False\n"


def _said(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
