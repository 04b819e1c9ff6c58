"""How a node that ends by itself did so."""

from tests.running import RunningNode


def ended(node: RunningNode) -> tuple[int, str]:
    """Exit code and the last line that it said."""
    assert node._process is not None
    code = node._process.wait(30)
    return code, node._log.read_text().strip().splitlines()[-1]
