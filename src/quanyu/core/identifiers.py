"""Numbers of persons and organisations that can be checked by themselves, and proposals for broken ones.

    check_id_card            18-digit citizen number, GB 11643
    check_credit_code        18-character unified social credit code, GB 32100
    check_organisation_code  8 + 1 characters, GB 11714
    check_phone              mobile, land line, service and foreign numbers

A check returns None for a good number, else the first fault with the place of the wrong character (counted from 1).
A repair returns every good number that one plain slip of the pen explains, likeliest first: a proposal, never a fact.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from quanyu.core.messages import DEFAULT_LANGUAGE
from quanyu.core.messages import text as message
from quanyu.core.spreadsheet import ROUNDED, has_lost_digits
from quanyu.core.values import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierFault:
    """`reason`: length, character, region, birthday, check, exponent or rounded. `position` counts from 1; `expected` is what would be good."""

    reason: str
    value: str
    position: int | None = None
    character: str = ""
    expected: str = ""

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        return message(
            f"core.identifier.{self.reason}",
            language,
            value=self.value,
            position=self.position,
            character=self.character,
            expected=self.expected,
            length=len(self.value),
        )


Check = Callable[[str], IdentifierFault | None]

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters: no I, O, S, V, Z, which look like 1, 0, 5, U, 2 (GB 32100-2015, table 2)."""

_CREDIT_WEIGHTS = tuple(pow(3, index, 31) for index in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CARD_WEIGHTS = tuple(pow(2, 17 - index, 11) for index in range(17))
_CARD_CHECKS = "10X98765432"

PROVINCES = frozenset(
    str(code)
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 83),
        (91, 91),
    )
    for code in range(first, last + 1)
)
"""First two digits of GB/T 2260; 83 and 91 occur on residence permits."""

LOOK_ALIKES = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "UY", "L": "1", "B": "8", "0": "D", "Q": "0"}


def check_id_card(value: str) -> IdentifierFault | None:
    number = _compact(value)
    allowed = (_DIGITS,) * 17 + (_DIGITS + "X",)
    if fault := _wrong_length(number, 18) or _wrong_character(number, allowed):
        return fault
    if number[:2] not in PROVINCES:
        return IdentifierFault(reason="region", value=number, position=1, character=number[:2])
    if not _is_birthday(number[6:14]):
        return IdentifierFault(reason="birthday", value=number, position=7, character=number[6:14])
    return _wrong_check(number, id_card_check(number[:17]))


def check_credit_code(value: str) -> IdentifierFault | None:
    """Small letters are not of the code (GB 32100, 5.1): two writings of one body would not meet."""
    code = _bare(value)
    if fault := _wrong_length(code, 18):
        return fault
    allowed = tuple(_DIGITS if 2 <= index < 8 else CREDIT_ALPHABET for index in range(18))
    return _wrong_character(code, allowed) or _wrong_check(code, credit_code_check(code[:17]))


def check_organisation_code(value: str) -> IdentifierFault | None:
    """With the hyphen before the check character, or without."""
    code = _compact(value)
    code = code[:8] + code[9:] if code[8:9] == "-" else code
    if fault := _wrong_length(code, 9):
        return fault
    allowed = (_DIGITS + _LETTERS,) * 8 + (_DIGITS + "X",)
    return _wrong_character(code, allowed) or _wrong_check(code, organisation_code_check(code[:8]))


def check_phone(value: str) -> IdentifierFault | None:
    number = re.sub(r"[ ()]", "", fold(value))
    if phone_kind(number):
        return None
    return IdentifierFault(reason="exponent" if has_lost_digits(number) else "phone", value=number)


_PHONES = (
    ("mobile", r"(?:\+?86-?|0086-?)?1[3-9][0-9]{9}"),
    ("land line", r"(?:\+?86-?|0086-?)?0[1-9][0-9]{1,2}-?[2-9][0-9]{6,7}(?:[-转][0-9]{1,6})?"),
    ("local", r"[2-9][0-9]{6,7}"),
    ("service", r"(?:400|800)-?[0-9]{3}-?[0-9]{4}|(?:1[12][0-9]|1[0-9]{4}|9[56][0-9]{3,6})"),
    ("foreign", r"\+[1-9][0-9]{1,3}(?:-?[0-9]{1,5}){1,5}"),
)


def phone_kind(value: str) -> str | None:
    """mobile, land line, local, service or foreign; None for what is no telephone number."""
    number = re.sub(r"[ ()]", "", fold(value))
    return next((kind for kind, pattern in _PHONES if re.fullmatch(pattern, number)), None)


def id_card_check(first17: str) -> str:
    """GB 11643, ISO 7064 MOD 11-2."""
    return _CARD_CHECKS[sum(w * int(digit) for w, digit in zip(_CARD_WEIGHTS, first17, strict=True)) % 11]


def credit_code_check(first17: str) -> str:
    """GB 32100: 31 - sum(value * 3^i mod 31) mod 31."""
    total = sum(w * CREDIT_ALPHABET.index(c) for w, c in zip(_CREDIT_WEIGHTS, first17, strict=True))
    return CREDIT_ALPHABET[-total % 31]


def organisation_code_check(first8: str) -> str:
    """GB 11714: 11 - sum(value * weight) mod 11, with 10 as X and 11 as 0."""
    total = sum(w * (_DIGITS + _LETTERS).index(c) for w, c in zip(_ORGANISATION_WEIGHTS, first8, strict=True))
    return (_DIGITS + "X")[-total % 11]


def repair_id_card(value: str) -> tuple[str, ...]:
    """An old 15-digit number gets its century and check; else a look-alike, a lost check, two digits swapped."""
    number = _compact(value)
    if len(number) == 15 and number.isascii() and number.isdigit():
        longer = number[:6] + "19" + number[6:]
        return _good((longer + id_card_check(longer),), check_id_card, value)
    lost_check = (number + mark for mark in _DIGITS + "X") if len(number) == 17 else ()
    return _good((*_look_alikes(number), *lost_check, *_swaps(number)), check_id_card, value)


def repair_credit_code(value: str, *, known: Iterable[str] = ()) -> tuple[str, ...]:
    """`known` codes (from another column, a register) that are one slip away, or that hold `value` as the organisation
    code which they replaced, come first.

    The organisation code inside (characters 9 to 17) has its own check character, so that of the many ways to put a lost
    character back only those remain which make both checks good. A suffix as in "…R_6391" is left out.
    """
    code = _compact(value).partition("_")[0]
    organisation = code.replace("-", "") if check_organisation_code(code) is None else None
    near = (
        candidate
        for candidate in known
        if _is_one_slip_away(code, candidate) or (organisation and candidate[8:17] == organisation)
    )
    slips = (*_look_alikes(code), *_swaps(code)) if len(code) == 18 else ()
    insertions = _insertions(code) if len(code) == 17 else ()
    sound = (candidate for candidate in (*slips, *insertions) if _has_sound_inside(candidate))
    return _good((code, *near, *sound), check_credit_code, value)


def repair_organisation_code(value: str) -> tuple[str, ...]:
    code = _compact(value).replace("-", "")
    lost_check = (code + organisation_code_check(code),) if re.fullmatch(r"[0-9A-Z]{8}", code) else ()
    zero_lost = ("0" + code,) if len(code) == 8 else ()
    return _good(
        (*_look_alikes(code), *lost_check, *zero_lost, *_swaps(code)), check_organisation_code, value
    )


def _compact(value: str) -> str:
    return _bare(value).upper()


def _bare(value: str) -> str:
    return re.sub(r"\s", "", fold(value))


def _wrong_character(value: str, allowed: tuple[str, ...]) -> IdentifierFault | None:
    for position, (character, alphabet) in enumerate(zip(value, allowed, strict=True), start=1):
        if character not in alphabet:
            expected = character.upper() if character.islower() else LOOK_ALIKES.get(character, "")
            good = "".join(like for like in expected if like in alphabet)
            return IdentifierFault(
                reason="character", value=value, position=position, character=character, expected=good
            )
    return None


def _wrong_length(value: str, expected: int) -> IdentifierFault | None:
    if has_lost_digits(value):
        return IdentifierFault(reason="exponent", value=value, expected=str(expected))
    if len(value) == expected:
        return None
    return IdentifierFault(reason="length", value=value, expected=str(expected))


def _wrong_check(value: str, expected: str) -> IdentifierFault | None:
    if value[-1] == expected:
        return None
    if re.fullmatch(ROUNDED, value):
        return IdentifierFault(reason="rounded", value=value, position=16, character=value[15:])
    return IdentifierFault(
        reason="check", value=value, position=len(value), character=value[-1], expected=expected
    )


def _is_birthday(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= 1850
    except ValueError:
        return False


def _look_alikes(value: str) -> Iterator[str]:
    every = "".join(
        LOOK_ALIKES.get(character, character)[0] if character in "OIZS" else character for character in value
    )
    yield every
    for index, character in enumerate(value):
        for like in LOOK_ALIKES.get(character, ""):
            yield value[:index] + like + value[index + 1 :]


def _swaps(value: str) -> Iterator[str]:
    for index in range(len(value) - 1):
        yield value[:index] + value[index + 1] + value[index] + value[index + 2 :]


def _insertions(value: str) -> Iterator[str]:
    """The lost check first, then a zero and then any character at any place, from the end."""
    for characters in ("0", CREDIT_ALPHABET):
        for index in range(len(value), -1, -1):
            yield from (value[:index] + character + value[index:] for character in characters)


def _has_sound_inside(code: str) -> bool:
    return len(code) == 18 and check_organisation_code(code[8:17]) is None


def _is_one_slip_away(value: str, known: str) -> bool:
    """One character put in, left out or replaced."""
    start = next(
        (i for i, (a, b) in enumerate(zip(value, known, strict=False)) if a != b), min(len(value), len(known))
    )
    match len(known) - len(value):
        case 0:
            return value[start + 1 :] == known[start + 1 :]
        case 1:
            return value[start:] == known[start + 1 :]
        case -1:
            return value[start + 1 :] == known[start:]
    return False


def _good(candidates: Iterable[str], check: Check, value: str) -> tuple[str, ...]:
    written = _bare(value)
    return tuple(
        dict.fromkeys(
            candidate for candidate in candidates if candidate != written and check(candidate) is None
        )
    )
