"""Counts for /metrics, by kind of source: names of sources and tenants are nobody's business there."""

from prometheus_client import Counter

RECORDS = Counter("quanyu_source_records", "Records that sources brought and imports read.", ["kind"])
FAILURES = Counter("quanyu_source_failures", "Runs and links of sources that failed.", ["kind"])


def count_records(kind: str, records: int) -> None:
    RECORDS.labels(kind).inc(records)


def count_failure(kind: str) -> None:
    FAILURES.labels(kind).inc()
