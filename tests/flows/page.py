"""The samples of a page of the docs, run as they stand there: files are written, commands are run, $NAMES are kept."""

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from string import Template

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_KEPT = re.compile(r"(\w+)=\$\((.*)\)")

Run = Callable[[list[str], dict[str, str]], str]
"""What a command prints, with these environment variables."""


def run_samples(page: Path, folder: Path, run: Run, **given: str) -> dict[str, str]:
    """In `folder`; returns what was kept, with what was `given`."""
    kept = dict(given)
    for kind, name, body in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if name:
            (folder / name).write_text(Template(body).safe_substitute(kept), encoding="utf-8")
        elif kind == "sh":
            for line in body.splitlines():
                _run_line(line, kept, run)
    return kept


def _run_line(line: str, kept: dict[str, str], run: Run) -> None:
    assigned = _KEPT.fullmatch(line)
    command = Template(assigned[2] if assigned else line).substitute(kept)
    words = shlex.split(command)
    begin = words.index("quanyu")
    printed = run(words[begin + 1 :], dict(one.split("=", 1) for one in words[:begin])).strip()
    print(f"{command}\n{printed}", file=sys.stderr)  # the page as it went, should a later command fail
    if assigned:
        kept[assigned[1]] = printed
