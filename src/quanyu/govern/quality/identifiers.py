"""The checks of `core.identifiers` for whole columns: SQL that is true where the text is no valid number.

Only yes or no is decided here, at a million records a second; which character is wrong is asked of
`core.identifiers` for the few that fail.
"""

from quanyu.core.identifiers import CREDIT_ALPHABET
from quanyu.core.spreadsheet import EXPONENT, ROUNDED
from quanyu.govern.quality.quote import literal

PHONE = "|".join(
    (
        r"(?:\+?86-?|0086-?)?1[3-9][0-9]{9}",
        r"(?:\+?86-?|0086-?)?0[1-9][0-9]{1,2}-?[2-9][0-9]{6,7}(?:[-转][0-9]{1,6})?",
        r"[2-9][0-9]{6,7}",
        r"(?:400|800)-?[0-9]{3}-?[0-9]{4}|(?:1[12][0-9]|1[0-9]{4}|9[56][0-9]{3,6})",
        r"\+[1-9][0-9]{1,3}(?:-?[0-9]{1,5}){1,5}",
    )
)
"""Mobile, land line, local, service and foreign numbers, without blanks and brackets."""

EMAIL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"

_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BARE = "regexp_replace(translate({text}, '　', ' '), '\\s', '', 'g')"
_COMPACT = f"upper({_BARE})"


def bad_credit_code(text: str) -> str:
    """GB 32100: 31 - sum(value * 3^i mod 31) mod 31 over the first 17 characters."""
    code = _BARE.format(text=text)
    total = _weighted(code, CREDIT_ALPHABET, [pow(3, index, 31) for index in range(17)])
    check = f"substr('{CREDIT_ALPHABET}', ((31 - ({total}) % 31) % 31) + 1, 1)"
    form = f"regexp_full_match({code}, '[{CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{CREDIT_ALPHABET}]{{10}}')"
    return f"(NOT {form} OR {check} <> substr({code}, 18, 1))"


def bad_organisation_code(text: str) -> str:
    """GB 11714, with or without the hyphen before the check character."""
    code = f"regexp_replace({_COMPACT.format(text=text)}, '^(.{{8}})-', '\\1')"
    total = _weighted(code, _ORGANISATION_ALPHABET, [3, 7, 9, 10, 5, 8, 4, 2])
    check = f"substr('0123456789X', ((11 - ({total}) % 11) % 11) + 1, 1)"
    return f"(NOT regexp_full_match({code}, '[0-9A-Z]{{8}}[0-9X]') OR {check} <> substr({code}, 9, 1))"


def bad_id_card(text: str, *, provinces: str) -> str:
    """GB 11643: ISO 7064 MOD 11-2 over 17 digits, a province, and a birthday that exists."""
    number = _COMPACT.format(text=text)
    total = _weighted(number, "0123456789", [pow(2, 17 - index, 11) for index in range(17)])
    check = f"substr('10X98765432', (({total}) % 11) + 1, 1)"
    birthday = f"try_strptime(substr({number}, 7, 8), '%Y%m%d')"
    return (
        f"({text} IS NOT NULL AND (NOT regexp_full_match({number}, '[0-9]{{17}}[0-9X]') OR {check} <> substr({number}, 18, 1)"
        f" OR substr({number}, 1, 2) NOT IN ({provinces})"
        f" OR {birthday} IS NULL OR {birthday} < TIMESTAMP '1850-01-01'))"
    )


def lost_digits(text: str) -> str:
    """`core.spreadsheet.has_lost_digits`: looked for cheaply first, since hardly any text has an exponent."""
    shown = f"length(regexp_extract({text}, '[.]([0-9]*)', 1))"
    exponent = f"regexp_extract({text}, '[0-9]+$')::INTEGER"
    return (
        f"(contains(lower({text}), 'e') AND CASE WHEN regexp_full_match({text}, {literal(EXPONENT)})"
        f" THEN {shown} < {exponent} ELSE false END)"
    )


def rounded(text: str) -> str:
    """18 digits or more, and nothing after the fifteenth."""
    return f"(ends_with({text}, '000') AND regexp_full_match({text}, {literal(ROUNDED)}))"


def _weighted(code: str, alphabet: str, weights: list[int]) -> str:
    return " + ".join(
        f"{weight} * (strpos('{alphabet}', substr({code}, {index}, 1)) - 1)"
        for index, weight in enumerate(weights, start=1)
    )
