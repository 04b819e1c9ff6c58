"""The child process: a MatchJob as JSON on standard input, its pairs as JSON on standard output."""

import sys

import msgspec

from quanyu.govern.fusion.matching import match
from quanyu.govern.fusion.model import MatchJob


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=MatchJob)
    sys.stdout.buffer.write(msgspec.json.encode(match(job)))


main()
