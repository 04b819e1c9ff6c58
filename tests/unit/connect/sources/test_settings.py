"""What a person writes about a source: right, or every fault of it at once."""

from pathlib import Path
from typing import Any

import pytest

from quanyu.connect.sources.checks import is_topic_filter
from quanyu.connect.sources.model import SourceInput, parse
from quanyu.connect.sources.places import Places
from quanyu.core.errors import Invalid

OWN = Places(own=Path("/srv/quanyu"))


def _faults(kind: str, **settings: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse("t", SourceInput(name="s", kind=kind, dataset="d", settings=settings), OWN)
    return {fault.where: fault.key.removeprefix("connect.source.") for fault in caught.value.faults}


def test_all_faults_of_a_source_are_named_together() -> None:
    wrong = SourceInput(
        name="a b", kind="mqtt", dataset="", every_seconds=0, settings={"port": "x", "topic": "a"}
    )
    with pytest.raises(Invalid) as caught:
        parse("t", wrong, OWN)
    assert {fault.where for fault in caught.value.faults} == {
        "name", "dataset", "every_seconds", "settings.port", "settings.topic", "settings.host", "settings.topics"
    }  # fmt: skip


def test_faults_of_one_setting_do_not_hide_those_of_another() -> None:
    assert _faults("mqtt", host="", port=99999, topics=["a/#/b"], qos=5) == {
        "settings.host": "missing",
        "settings.port": "port",
        "settings.topics": "topic",
        "settings.qos": "setting",
    }


@pytest.mark.parametrize(
    ("kind", "settings", "where"),
    [
        ("http", {"url": "ftp://feed.example/"}, "settings.url"),
        ("http", {"url": "https://feed.example:port/"}, "settings.url"),
        ("http", {"url": "https://feed.example/", "headers": {"Authorization": "x"}}, "settings.headers"),
        ("http", {"url": "https://feed.example/", "paging": {"kind": "cursor"}}, "settings.paging.next"),
        ("http", {"url": "https://feed.example/", "timeout": 0}, "settings.timeout"),
        ("sql", {"url": "oracle://db.example/x", "table": "t"}, "settings.url"),
        ("sql", {"url": "sqlite:////srv/quanyu/keys/x.db", "table": "t"}, "settings.url"),
        ("sql", {"url": "mysql://db.example/x"}, "settings.table"),
        ("folder", {"path": "/no/such/folder"}, "settings.path"),
        ("folder", {"path": "in"}, "settings.path"),
        ("folder", {"path": "/etc"}, "settings.path"),
        ("folder", {"path": "/proc/self/cwd/../../etc"}, "settings.path"),
        ("folder", {"path": "/", "pattern": "../*"}, "settings.pattern"),
    ],
)
def test_settings_that_cannot_work_are_named(kind: str, settings: dict[str, Any], where: str) -> None:
    assert where in _faults(kind, **settings)


def test_one_text_is_a_list_of_one_and_numbers_may_be_written_as_text() -> None:
    source = SourceInput(
        name="s",
        kind="mqtt",
        dataset="d",
        settings={"host": "h", "topics": "a/#", "port": "1884", "tls": "true"},
    )
    settings: Any = parse("t", source, OWN).settings
    assert (settings.topics, settings.port, settings.tls) == (("a/#",), 1884, True)


@pytest.mark.parametrize(("topic", "right"), [("#", True), ("a/+/b/#", True), ("+", True), ("/a", True), ("a/#/b", False), ("a#", False), ("a+/b", False), ("", False), ("a\0", False)])  # fmt: skip
def test_topic_filters(topic: str, right: bool) -> None:
    assert is_topic_filter(topic) is right
