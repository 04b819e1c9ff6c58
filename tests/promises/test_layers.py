"""The order of packages holds."""

import subprocess
import sys
from pathlib import Path


def test_no_package_imports_one_above_it() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
