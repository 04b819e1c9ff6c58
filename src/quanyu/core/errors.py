"""The one tree of errors. None of them knows HTTP; `app.problems` maps them to problem types.

    QuanyuError
    ├── Invalid            input is wrong; carries every fault found, not only the first
    ├── Unauthenticated    nobody known is asking
    ├── Denied             somebody known asks for what they may not have
    ├── NotFound           the thing does not exist, or not for this asker
    ├── Conflict           the thing exists already, or has changed meanwhile
    ├── TooLarge           a stated limit is passed
    ├── TooOften           asked more often than is allowed; `seconds` says when to ask again
    └── Unavailable        a part we depend on is away (database, disk, source); trying later may help

An error is a message key with values, so that every reader gets it in their language.
"""

from dataclasses import dataclass, field

from quanyu.core.messages import DEFAULT_LANGUAGE, text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `where` is a JSON pointer, `file:line:column` or a column name."""

    key: str
    where: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        return text(self.key, language, **self.values)


class QuanyuError(Exception):
    """Base of all errors of this project: `QuanyuError("govern.dataset.unknown", name="parking")`."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        return text(self.key, language, **self.values)

    def __str__(self) -> str:
        return self.text("en")


class Invalid(QuanyuError):
    """Input is wrong. `faults` lists everything that is wrong with it."""

    def __init__(self, key: str, /, *, faults: tuple[Fault, ...] = (), **values: object) -> None:
        super().__init__(key, **values)
        self.faults = faults or (Fault(key, values=values),)


class Unauthenticated(QuanyuError):
    pass


class Denied(QuanyuError):
    pass


class SignInFirst(Denied):
    """Somebody unknown asks for what a person may do who has signed in, or whose session goes on."""


class NotFound(QuanyuError):
    pass


class Conflict(QuanyuError):
    pass


class TooLarge(QuanyuError):
    pass


class TooOften(QuanyuError):
    def __init__(self, key: str, /, *, seconds: int, **values: object) -> None:
        super().__init__(key, seconds=seconds, **values)
        self.seconds = seconds


class Unavailable(QuanyuError):
    pass
