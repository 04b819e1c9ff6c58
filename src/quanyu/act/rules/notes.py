"""What rules write into the timelines of cases, said in the language of whoever reads it."""

import re
from functools import cache

from quanyu.core.messages import text

_NOTES = tuple(f"act.rule.note.{kind}" for kind in ("recovered", "gone", "off", "again"))


def retold(note: str, language: str) -> str:
    """As it stands where it is none of theirs."""
    for key in _NOTES:
        if said := _written(key).fullmatch(note):
            return text(key, language, **said.groupdict())
    return note


@cache
def _written(key: str) -> re.Pattern[str]:
    """A note is kept as a sentence of the default language."""
    sentence = re.escape(text(key, rule="<rule>", event="<event>"))
    return re.compile(sentence.replace("<rule>", "(?P<rule>.+)").replace("<event>", "(?P<event>.+)"))
