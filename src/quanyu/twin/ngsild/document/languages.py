"""Which text of a language map a reader gets (4.15): the parameter `lang`, written like Accept-Language (RFC 4647)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ANY = "*"
NONE = "@none"


@dataclass(frozen=True, slots=True)
class Languages:
    """In order of preference, the refused ones left out."""

    wanted: tuple[str, ...]

    def choose(self, texts: Mapping[str, Any]) -> tuple[str, Any]:
        """The best match, then `@none`, then the first there is; `("", None)` of an empty map."""
        for wanted in self.wanted:
            found = next(iter(texts), "") if wanted == ANY else _match(wanted, texts)
            if found:
                return found, texts[found]
        found = NONE if NONE in texts else next(iter(texts), "")
        return found, texts.get(found)


def parse_languages(text: str) -> Languages | None:
    """None of an empty text. What cannot be read counts as a language that nobody has."""
    ranked = []
    for place, part in enumerate(text.split(",")):
        tag, _, rest = part.strip().partition(";")
        quality = _quality(rest)
        if tag.strip() and quality > 0:
            ranked.append((-quality, place, tag.strip()))
    return Languages(tuple(tag for _, _, tag in sorted(ranked))) if ranked else None


def _quality(text: str) -> float:
    name, _, value = text.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def _match(wanted: str, texts: Mapping[str, Any]) -> str:
    """The tag itself in any case, else a longer one of its language, else a shorter one (lookup, RFC 4647 3.4)."""
    tags = {tag.lower(): tag for tag in texts}
    range_ = wanted.lower()
    if range_ in tags:
        return tags[range_]
    longer = next((tag for low, tag in tags.items() if low.startswith(range_ + "-")), "")
    while not longer and "-" in range_:
        range_ = range_.rpartition("-")[0]
        longer = tags.get(range_, "")
    return longer
