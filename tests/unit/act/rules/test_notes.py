"""What a rule wrote into a timeline is read in the language of the reader."""

import pytest

from quanyu.act.rules.notes import retold
from quanyu.core.messages import text


@pytest.mark.parametrize("kind", ["recovered", "gone", "off", "again"])
def test_a_note_of_a_rule_is_said_in_the_language_of_its_reader(kind: str) -> None:
    key, values = f"act.rule.note.{kind}", {"rule": "cover (open)", "event": "20261123-bffc552d225e7cd7"}
    assert retold(text(key, **values), "en") == text(key, "en", **values)


def test_what_somebody_else_wrote_stays_as_it_is() -> None:
    assert retold("规则改了", "en") == "规则改了"
