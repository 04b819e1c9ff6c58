"""What the processes of a node count together for /metrics: a table that all of them have mapped.

Each process adds in a part of its own, so that nothing is locked; whoever is asked for the figures adds the parts up. A
worker that is started again goes on in the part of the one before it: no figure ever falls.
"""

import mmap
import os
from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from quanyu.core.process import nameless_file

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "other")
STATUSES = range(100, 600)
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))
"""Upper ends of the histogram."""

_METHOD = {name: place for place, name in enumerate(METHODS)}
_SUM = len(STATUSES) + len(SECONDS)
_WIDTH = _SUM + 1
"""Of one method: how many answers of each status, how many within each time, the sum of the times."""

_NUMBER = 8
_PART = len(METHODS) * _WIDTH


class Requests(Collector):
    """Answered requests by method and status, and their times. `parts`: how many processes may count."""

    def __init__(self, parts: int) -> None:
        self._size = parts * _PART * _NUMBER
        file = nameless_file("quanyu-counted")
        os.ftruncate(file, self._size)
        self.join(file, 0)

    def join(self, file: int, part: int) -> None:
        """From here on this process counts in that part of the file, which is of another process of the node."""
        self.file = file
        self._table = memoryview(mmap.mmap(file, self._size)).cast("d")
        self._begin = part * _PART

    def count(self, method: str, status: int, seconds: float) -> None:
        at = self._begin + _METHOD.get(method, len(METHODS) - 1) * _WIDTH
        table = self._table
        table[at + min(max(status, STATUSES[0]), STATUSES[-1]) - STATUSES[0]] += 1
        table[at + len(STATUSES) + bisect_left(SECONDS, seconds)] += 1
        table[at + _SUM] += seconds

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "quanyu_http_requests", "Answered HTTP requests.", labels=["method", "status"]
        )
        times = HistogramMetricFamily(
            "quanyu_http_request_seconds", "Time from request to answer.", labels=["method"]
        )
        for number, method in enumerate(METHODS):
            counted = self._of(number)
            answers, within, taken = counted[: len(STATUSES)], counted[len(STATUSES) : _SUM], counted[_SUM]
            for status, answered in zip(STATUSES, answers, strict=True):
                if answered:
                    requests.add_metric([method, str(status)], answered)
            if any(within):
                times.add_metric([method], _running(within), taken)
        yield requests
        yield times

    def _of(self, method: int) -> list[float]:
        """Of all processes."""
        begins = range(method * _WIDTH, len(self._table), _PART)
        return [sum(column) for column in zip(*(self._table[at : at + _WIDTH] for at in begins), strict=True)]


def _running(within: list[float]) -> list[tuple[str, float]]:
    """As Prometheus has it: each bucket holds the ones before it."""
    total, found = 0.0, []
    for end, counted in zip(SECONDS, within, strict=True):
        total += counted
        found.append(("+Inf" if end == SECONDS[-1] else str(end), total))
    return found
