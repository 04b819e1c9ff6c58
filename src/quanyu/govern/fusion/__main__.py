"""The child process: a MatchJob as JSON on standard input, its pairs as JSON on standard output."""

import sys

import msgspec

from quanyu.core.process import collect_rarely, leave
from quanyu.govern.fusion.matching import match
from quanyu.govern.fusion.model import MatchJob


def main() -> None:
    collect_rarely()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=MatchJob)
    sys.stdout.buffer.write(msgspec.json.encode(match(job)))
    leave(0)


main()
