"""What a person sees of a personal value that is not theirs to see whole: enough to recognise it, too little to use it."""

import re
from collections.abc import Callable

Mask = Callable[[str], str]

_ID_CARD = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?![\dA-Za-z])")
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})-?(\d{3,4})(\d{4})(?!\d)")
_EMAIL = re.compile(r"([\w.+-])[\w.+-]*@([\w.-]+)")


def mask_phone(value: str) -> str:
    """138****1234; a landline keeps its area code and last four digits."""
    return _LANDLINE.sub(r"\1-****\3", _MOBILE.sub(r"\1****\2", value))


def mask_id_card(value: str) -> str:
    """1101**********1234."""
    return _ID_CARD.sub(r"\1**********\2", value) if _ID_CARD.search(value) else _middle(value, 4, 4)


def mask_name(value: str) -> str:
    """张*: the surname (the first character), and no hint of the length."""
    return value[:1] + "*" if value else value


def mask_address(value: str) -> str:
    """Cut before the first house number: 坪山区龙田街道****."""
    cut = re.search(r"\d|[一二三四五六七八九十]+(号|弄|栋|单元|室)", value)
    kept = value[: cut.start()] if cut else value[: len(value) // 2]
    return kept + "****"


def mask_email(value: str) -> str:
    return _EMAIL.sub(r"\1***@\2", value)


def mask_number(value: str) -> str:
    """Coordinates to two decimals, about one kilometre."""
    try:
        return f"{float(value):.2f}"
    except ValueError:
        return "****"


def mask_plate(value: str) -> str:
    return value[:2] + "****" + value[-1:]


def mask_card(value: str) -> str:
    return _middle(value, 4, 4)


def mask_text(value: str) -> str:
    """Free text: numbers of persons in it are masked, the rest stays."""
    return mask_email(mask_phone(_ID_CARD.sub(r"\1**********\2", value)))


def mask_all(value: str) -> str:
    return "****" if value else value


def _middle(value: str, head: int, tail: int) -> str:
    return (
        "****"
        if len(value) <= head + tail
        else value[:head] + "*" * (len(value) - head - tail) + value[-tail:]
    )


MASKS: dict[str, Mask] = {
    "phone": mask_phone,
    "id_card": mask_id_card,
    "person_name": mask_name,
    "address": mask_address,
    "email": mask_email,
    "track": mask_number,
    "plate": mask_plate,
    "bank_card": mask_card,
    "health": mask_all,
}
"""By kind of content (`grading.content.CONTENTS`)."""
