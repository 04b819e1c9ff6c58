"""How a node ended that did so by itself: exit code and the last line that it said."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.patience import PATIENCE_SECONDS
from tests.running import QUANYU, RunningNode


def ended(node: RunningNode) -> tuple[int, str]:
    assert node._process is not None
    code = node._process.wait(PATIENCE_SECONDS)
    return code, node._log.read_text().strip().splitlines()[-1]


def refused(data: Path, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """A start that comes to nothing and says why in one line."""
    surroundings = {**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})}
    done = subprocess.run(
        [QUANYU, "start", "--data", data, "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        env=surroundings,
    )
    said = done.stderr.strip().splitlines()
    assert len(said) == 1, done.stderr
    return done.returncode, said[-1]
