"""The published region codes know when a code was good."""

from datetime import date

from quanyu.core.regions import RegionHistory
from quanyu.govern.standards.published import published_regions


def test_an_abolished_district_was_good_until_its_last_year() -> None:
    history = RegionHistory(published_regions())
    assert history.name("310108", at=date(2014, 6, 1)) == "闸北区"
    assert history.name("310108", at=date(2016, 6, 1)) is None


def test_a_code_with_two_names_has_each_in_its_time() -> None:
    spans = [span for span in published_regions() if span.code == "120110"]
    assert [(span.name, span.since.year, span.until and span.until.year) for span in spans] == [
        ("东郊区", 1980, 1992),
        ("东丽区", 1992, None),
    ]
