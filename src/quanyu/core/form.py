"""What the decoder and the framework say about a form that they do not take, in the words of the asker's language."""

import re
from collections.abc import Sequence

from quanyu.core.messages import text

_CHOICE = "core.form.choice"

_SAID = tuple(
    (key, re.compile(pattern, re.DOTALL))
    for key, pattern in (
        ("core.form.missing", r"Object missing required field `(?P<name>[^`]*)`"),
        ("core.form.unknown", r"Object contains unknown field `(?P<name>[^`]*)`"),
        ("core.form.parameter", r"Missing required \w+ parameter '(?P<name>[^']*)' for path .*"),
        (_CHOICE, r"Invalid (enum )?value (?P<value>.*)"),
        ("core.form.kind", r"Expected `(?P<wanted>[\w |]+)`, got `(?P<found>[\w |]+)`"),
        ("core.form.pattern", r"Expected `str` matching regex (?P<pattern>.*)"),
        ("core.form.length", r"Expected `(?P<wanted>[\w |]+)` of length (?P<bound>[<>=]+ \d+)"),
        ("core.form.bound", r"Expected `(?P<wanted>[\w |]+)` (?P<bound>[<>=]+ \S+)"),
        ("core.form.moment", r"Invalid RFC3339 encoded (?P<wanted>datetime|date|time)"),
    )
)
_KIND = re.compile(r"\w+")
_KINDS = frozenset({"int", "float", "str", "bool", "array", "object", "null", "datetime", "date", "time"})


def form_text(said: str, language: str, choices: Sequence[str] = ()) -> str:
    """As it is said, where nobody has words for it. `choices`: what may stand there, as far as it is known."""
    for key, pattern in _SAID:
        if found := pattern.fullmatch(said):
            values = found.groupdict()
            named = {name: _kinds(values[name], language) for name in ("wanted", "found") if name in values}
            if key == _CHOICE and choices:
                return text("core.form.choices", language, **values, choices=", ".join(choices))
            return text(key, language, **values | named)
    return said


def _kinds(names: str, language: str) -> str:
    """`int | null` in words."""
    return _KIND.sub(lambda one: text(f"core.kind.{one[0]}", language) if one[0] in _KINDS else one[0], names)
