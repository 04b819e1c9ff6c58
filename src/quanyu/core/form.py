"""What the decoder refuses about a form: as a message key with its values, so that texts say it in every language."""

import re
from dataclasses import dataclass

CHOICE = "core.form.choice"
_PLACED = re.compile(r"(?P<said>.*?) - at `(?P<place>(?:key in )?\$[^`]*)`", re.DOTALL)
_SAID = tuple(
    (key, re.compile(pattern, re.DOTALL))
    for key, pattern in (
        ("core.form.missing", r"Object missing required field `(?P<name>[^`]*)`"),
        ("core.form.unknown", r"Object contains unknown field `(?P<name>[^`]*)`"),
        ("core.form.parameter", r"Missing required \w+ parameter '(?P<name>[^']*)' for path .*"),
        (CHOICE, r"Invalid (enum )?value (?P<value>.*)"),
        ("core.form.kind", r"Expected `(?P<wanted>[\w |]+)`, got `(?P<found>[\w |]+)`"),
        ("core.form.pattern", r"Expected `str` matching regex (?P<pattern>.*)"),
        ("core.form.longest", r"Expected `str` of length <= (?P<bound>\d+)"),
        ("core.form.shortest", r"Expected `str` of length >= (?P<bound>\d+)"),
        ("core.form.most_parts", r"Expected `\w+` of (length <=|at most length) (?P<bound>\d+)(, got \d+)?"),
        ("core.form.least_parts", r"Expected `\w+` of (length >=|at least length) (?P<bound>\d+)(, got \d+)?"),
        ("core.form.parts", r"Expected `array` of length (?P<bound>\d+( to \d+)?)(, got \d+)?"),
        ("core.form.most", r"Expected `\w+` <= (?P<bound>\S+)"),
        ("core.form.least", r"Expected `\w+` >= (?P<bound>\S+)"),
        ("core.form.below", r"Expected `\w+` < (?P<bound>\S+)"),
        ("core.form.above", r"Expected `\w+` > (?P<bound>\S+)"),
        ("core.form.multiple", r"Expected `int` that's a multiple of (?P<bound>\d+)"),
        ("core.form.only", r"Expected `(?P<wanted>[\w |]+)`"),
        ("core.form.zone", r"Expected `\w+` with a timezone component"),
        ("core.form.no_zone", r"Expected `\w+` with no timezone component"),
        ("core.form.moment", r"Invalid RFC3339 encoded (?P<wanted>datetime|date|time)"),
        ("core.form.duration", r"Invalid ISO8601 duration|Only units 'D', 'H', 'M', and 'S' are supported .*"),
        ("core.form.uuid", r"Invalid UUID( bytes)?"),
        ("core.form.decimal", r"Invalid decimal string"),
        ("core.form.base64", r"Invalid base64 encoded string"),
        ("core.form.beyond", r"(Integer value|Number|Duration|Timestamp|Epoch) (is )?out of range ?"),
        ("core.form.json", r"JSON is malformed: .* \(byte (?P<byte>\d+)\)"),
        ("core.form.truncated", r"Input data was truncated"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """`place` as the decoder writes it, without its root: `thresholds[0].level`; empty for the whole form."""

    key: str
    values: dict[str, str]
    place: str = ""


def refusal(said: str) -> Refusal | None:
    """None where nobody has words for it."""
    placed = _PLACED.fullmatch(said)
    words = placed["said"] if placed else said
    place = placed["place"].rpartition("$")[2].removeprefix(".") if placed else ""
    for key, pattern in _SAID:
        if found := pattern.fullmatch(words):
            return Refusal(key, found.groupdict(), place)
    return None
