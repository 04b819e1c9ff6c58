"""Processes of a node, as /proc tells of them: any of them may go while it is looked at."""

from pathlib import Path

from tests.faults.folders import content


def children(pid: int, word: str) -> list[int]:
    """Those whose command has this word in it, and that have not ended."""
    of_its_threads = [content(thread / "children") for thread in Path(f"/proc/{pid}/task").glob("*")]
    found = [int(child) for some in of_its_threads for child in some.split()]
    return [child for child in found if word.encode() in content(Path(f"/proc/{child}/cmdline"))]


def is_gone(pid: int) -> bool:
    """Also where nobody has asked how it ended."""
    status = content(Path(f"/proc/{pid}/stat"))
    return status == b"" or status.rpartition(b")")[2].split()[0] == b"Z"
