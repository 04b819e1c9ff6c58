"""What the child process says on its pipe: one `Answer` as JSON on each line."""

import msgspec

from quanyu.core.errors import Fault
from quanyu.govern.engine.model import EngineReport, Progress


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An error of `core.errors` on its way through the pipe; `invalid` ones are the sender's to repair."""

    key: str
    values: dict[str, object] = {}
    faults: tuple[Fault, ...] = ()
    invalid: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the child's output; exactly one field is set."""

    progress: Progress | None = None
    report: EngineReport | None = None
    error: ErrorAnswer | None = None
