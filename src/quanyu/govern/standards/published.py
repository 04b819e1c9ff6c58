"""Region codes that a new node knows before anybody imports a list: those that `python-stdnum` publishes.

Its table lists every county-level code since 1980 with the years in which it was good, e.g. `[-2015]闸北区`.
Years are all it has: a code is taken as good from 1 January of its first to 31 December of its last year.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.resources import files

from quanyu.core.regions import RegionSpan

_BEGINNING = date(1980, 1, 1)
_PROVINCE = re.compile(r'^(?P<code>\d{2}) province="(?P<name>[^"]+)"')
_COUNTY = re.compile(r'^ +(?P<code>\d{4}) county="(?P<names>[^"]+)"')
_NAME = re.compile(r"(?:\[(?P<since>\d{4})?-(?P<until>\d{4})?\])?(?P<name>[^,\[\]]+)")


def published_regions() -> Iterator[RegionSpan]:
    """Provinces and all below them, current and past."""
    province = ""
    for line in files("stdnum").joinpath("cn", "loc.dat").read_text(encoding="utf-8").splitlines():
        if found := _PROVINCE.match(line):
            province = found["code"]
            yield RegionSpan(f"{province}0000", found["name"], _BEGINNING)
        elif (found := _COUNTY.match(line)) and found["code"] != "0000":
            yield from _spans(province + found["code"], found["names"])


def _spans(code: str, names: str) -> Iterable[RegionSpan]:
    """Of two names that begin in one year the later one in the line counts, which is the one that lasted."""
    return {span.since: span for span in _named(code, names)}.values()


def _named(code: str, names: str) -> Iterator[RegionSpan]:
    for one in _NAME.finditer(names):
        since = date(int(one["since"]), 1, 1) if one["since"] else _BEGINNING
        until = date(int(one["until"]) + 1, 1, 1) if one["until"] else None
        yield RegionSpan(code, one["name"].strip(), since, until)
