"""Reads the members of a JSON object one by one and collects every fault with its place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from quanyu.core.entity import NULL
from quanyu.core.errors import Fault

Choice = TypeVar("Choice", bound=StrEnum)

LONGEST_TEXT = 64 * 1024
_MOST_SECONDS = 10 * 366 * 86_400
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x1f]+")
_NAME = re.compile(r"[^\s<>\"'=;()\\^`{}|\x00-\x1f]{1,1024}")
_MEMBERS = frozenset({"id", "type", "scope"})


def is_uri(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 2048 and _URI.fullmatch(value) is not None


@dataclass(slots=True)
class Members:
    """A member that is null or the NGSI-LD Null counts as absent."""

    source: Mapping[str, Any]
    where: str
    faults: list[Fault]
    _asked: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        return self._value(name) is not None

    def fault(self, key: str, member: str = "", /, **values: object) -> None:
        self.faults.append(Fault(key, f"{self.where}/{member}" if member else self.where or "/", values))

    def text(self, name: str) -> str | None:
        value = self._value(name)
        if value is None or (
            isinstance(value, str) and value and len(value) <= LONGEST_TEXT and "\0" not in value
        ):
            return None if value is None else str(value)
        self.fault("twin.subscription.text", name, name=name)
        return None

    def uri(self, name: str) -> str | None:
        value = self._value(name)
        if value is None or is_uri(value):
            return None if value is None else str(value)
        self.fault("twin.subscription.uri", name, name=name)
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts that is not empty; one text counts as a list of one."""
        value = self._value(name)
        if value is None:
            return ()
        found = [value] if isinstance(value, str) else value
        if isinstance(found, list) and found and all(_is_text(one) for one in found):
            return tuple(dict.fromkeys(found))
        self.fault("twin.subscription.texts", name, name=name)
        return ()

    def names(self, name: str) -> tuple[str, ...]:
        """A list of attribute names; members of entities are none (5.2.14.1)."""
        found = self.texts(name)
        if wrong := [one for one in found if one in _MEMBERS or not _NAME.fullmatch(one)]:
            self.fault("core.entity.name", name, name=wrong[0][:80])
        return found

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._value(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.fault("twin.subscription.flag", name, name=name)
        return default

    def number(self, name: str) -> float | None:
        """Greater than 0."""
        value = self._value(name)
        if value is None:
            return None
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and 0 < value <= _MOST_SECONDS * 1000
        ):
            return value
        self.fault("twin.subscription.number", name, name=name)
        return None

    def choice(self, name: str, choices: type[Choice], default: Choice) -> Choice:
        value = self._value(name)
        if value is None:
            return default
        if isinstance(value, str) and value in list(choices):
            return choices(value)
        self.fault("twin.subscription.choice", name, name=name, choices=", ".join(choices))
        return default

    def moment(self, name: str) -> datetime | None:
        """4.6.3: a date and time with its offset."""
        value = self._value(name)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or not 1 < found.year < 9999:
            self.fault("twin.subscription.moment", name, name=name)
            return None
        return found.astimezone(UTC)

    def object(self, name: str) -> "Members | None":
        value = self._value(name)
        if value is None:
            return None
        if isinstance(value, dict):
            return Members(value, f"{self.where}/{name}", self.faults)
        self.fault("twin.subscription.object", name, name=name)
        return None

    def objects(self, name: str) -> "list[Members]":
        """A list of objects that is not empty."""
        value = self._value(name)
        if value is None:
            return []
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            return [
                Members(one, f"{self.where}/{name}/{index}", self.faults) for index, one in enumerate(value)
            ]
        self.fault("twin.subscription.objects", name, name=name)
        return []

    def ignore(self, *names: str) -> None:
        """Known, and not ours to set: what the system itself adds to an answer may come back."""
        self._asked.update(names)

    def refuse_others(self) -> None:
        for name in self.source.keys() - self._asked:
            self.fault("twin.subscription.member", str(name)[:80], name=str(name)[:80])

    def _value(self, name: str) -> Any:
        self._asked.add(name)
        value = self.source.get(name)
        return None if value == NULL else value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and len(value) <= 2048 and "\0" not in value
