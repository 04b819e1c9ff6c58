"""What spreadsheets do to figures that are names: cards, codes and telephones, not quantities.

A decimal is put behind them (`13800000000.0`), an exponent hides them (`3.20102E+17`), and from the sixteenth on their
digits are gone (`320102199001010000`). The first is undone here, the others can only be told.
Patterns are in the common subset of Python and RE2; they match the whole text.
"""

import re
from decimal import Decimal

DECIMAL = r"[0-9]{5,}\.0+"
EXPONENT = r"[0-9](?:\.[0-9]{1,30})?[eE]\+?[12][0-9]"
ROUNDED = r"[0-9]{15}000+"
"""18 digits and more; one good number in a thousand looks so too."""

_DECIMAL, _EXPONENT = re.compile(DECIMAL), re.compile(EXPONENT)


def restored(text: str) -> str:
    """The figures as they were, where none is lost; else `text`."""
    if _DECIMAL.fullmatch(text):
        return text.partition(".")[0]
    if _EXPONENT.fullmatch(text) and not has_lost_digits(text):
        return str(int(Decimal(text)))
    return text


def has_lost_digits(text: str) -> bool:
    """Fewer digits are shown than the exponent asks for: `3.20102E+17` has 6 of 18."""
    if not _EXPONENT.fullmatch(text):
        return False
    shown, _, exponent = text.lower().partition("e")
    return len(shown.partition(".")[2]) < int(exponent)


def digits_of(text: str) -> int:
    """How many digits the number with an exponent had."""
    return int(text.lower().partition("e")[2]) + 1
