"""Figures of /metrics over the processes of a node."""

import os

from prometheus_client import CollectorRegistry, generate_latest

from quanyu.app.counting import Requests


def _said(requests: Requests) -> list[str]:
    registry = CollectorRegistry()
    registry.register(requests)
    return generate_latest(registry).decode().splitlines()


def test_what_two_processes_answered_is_counted_together() -> None:
    one, other = Requests(2), Requests(2)
    other.join(os.dup(one.file), 1)
    one.count("GET", 200, 0.003)
    other.count("GET", 200, 0.2)
    other.count("PATCH", 404, 0.2)
    for asked in (one, other):
        said = _said(asked)
        assert 'quanyu_http_requests_total{method="GET",status="200"} 2.0' in said
        assert 'quanyu_http_requests_total{method="PATCH",status="404"} 1.0' in said
        assert 'quanyu_http_request_seconds_bucket{le="0.005",method="GET"} 1.0' in said
        assert 'quanyu_http_request_seconds_bucket{le="+Inf",method="GET"} 2.0' in said
        assert 'quanyu_http_request_seconds_sum{method="GET"} 0.203' in said


def test_who_takes_the_place_of_another_goes_on_with_its_figures() -> None:
    one, other = Requests(2), Requests(2)
    one.count("GET", 200, 0.1)
    other.join(os.dup(one.file), 0)
    other.count("GET", 200, 0.1)
    assert 'quanyu_http_requests_total{method="GET",status="200"} 2.0' in _said(one)


def test_a_time_at_the_end_of_a_bucket_is_within_it() -> None:
    requests = Requests(1)
    requests.count("GET", 200, 0.005)
    assert 'quanyu_http_request_seconds_bucket{le="0.005",method="GET"} 1.0' in _said(requests)


def test_a_method_and_a_status_that_nobody_knows_are_counted_too() -> None:
    requests = Requests(1)
    requests.count("BREW", 999, 20)
    said = _said(requests)
    assert 'quanyu_http_requests_total{method="other",status="599"} 1.0' in said
    assert 'quanyu_http_request_seconds_bucket{le="10.0",method="other"} 0.0' in said
    assert 'quanyu_http_request_seconds_count{method="other"} 1.0' in said
