from quanyu.govern.fusion.clusters import Clusters, ambiguous
from quanyu.govern.fusion.model import Link, Pair, Record


def record(name: str, code: str | None = None) -> Record:
    dataset, _, key = name.partition("/")
    return Record(dataset=dataset, key=key, name=key, code=code)


def pair(left: str, right: str, confidence: float = 1.0) -> Pair:
    return Pair(left=left, right=right, confidence=confidence, compared=())


def test_two_pairs_with_a_record_in_common_are_one_thing() -> None:
    clusters = Clusters([])
    clusters.join(pair("a/1", "b/1"))
    clusters.join(pair("b/1", "c/1"))
    assert clusters.of("a/1") == {"a/1", "b/1", "c/1"}


def test_a_register_that_lists_things_once_keeps_two_of_its_records_apart() -> None:
    known = {name: record(name) for name in ("a/1", "a/2", "b/1")}
    clusters = Clusters([["a/1", "b/1"]])
    assert clusters.obstacle(pair("a/2", "b/1"), known, Link.BETWEEN) == "same_source"
    assert clusters.obstacle(pair("a/2", "b/1"), known, Link.WITHIN) is None


def test_two_official_codes_are_two_bodies() -> None:
    known = {"a/1": record("a/1", "X"), "b/1": record("b/1"), "c/1": record("c/1", "Y")}
    clusters = Clusters([["a/1", "b/1"]])
    assert clusters.obstacle(pair("b/1", "c/1"), known, Link.BETWEEN) == "codes"


def test_what_a_person_called_different_does_not_come_together_by_a_third() -> None:
    known = {name: record(name) for name in ("a/1", "b/1", "c/1")}
    clusters = Clusters([["a/1", "b/1"]], apart=[frozenset(("a/1", "c/1"))])
    assert clusters.obstacle(pair("b/1", "c/1"), known, Link.BETWEEN) == "decided_different"


def test_two_equally_good_partners_are_left_to_a_person() -> None:
    pairs = [
        pair("a/1", "b/1", 0.99),
        pair("a/1", "b/2", 0.98),
        pair("a/3", "b/3", 0.99),
        pair("a/3", "b/4", 0.5),
    ]
    assert ambiguous(pairs, Link.BETWEEN) == {frozenset(("a/1", "b/1")), frozenset(("a/1", "b/2"))}
