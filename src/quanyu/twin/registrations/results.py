"""Many partial results of one change become one answer's worth (5.2.16 to 5.2.19, 6.3.17). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import NotFound, QuanyuError
from quanyu.twin.registrations.errors import Refused, unsupported
from quanyu.twin.registrations.forward import Reply
from quanyu.twin.registrations.sent import Sent
from quanyu.twin.registrations.shares import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """`registration` is empty where the broker itself failed. `problem` is one as a source sent it."""

    entity: str
    error: QuanyuError
    registration: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`succeeded` in the order in which the entities were named; `partial` where a source said 207 and no more."""

    succeeded: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    partial: bool = False

    @property
    def mixed(self) -> bool:
        return bool(self.failures) or self.partial


def result_of(share: Share, replies: Iterable[Reply], local: Iterable[Failure]) -> Result:
    """`replies` in the order of `share.sent`; `local` are the failures of the broker's own part."""
    failures = [*local]
    failures += [
        Failure(entity=id, error=unsupported(registration), registration=registration.id)
        for id, registration in share.refused
    ]
    partial = False
    for sent, reply in zip(share.sent, replies, strict=True):
        found = list(_failures(sent, reply))
        failures += found
        partial = partial or (reply.partial and not found)
    named = dict.fromkeys(id for sent in share.sent for id in sent.ids)
    failed = {one.entity for one in failures}
    return Result(
        succeeded=tuple(id for id in named if id not in failed), failures=tuple(failures), partial=partial
    )


def without_what_is_elsewhere(failures: Iterable[Failure], *, proxied: bool) -> list[Failure]:
    """That the broker has nothing of an entity that somebody else holds is no failure of its deletion."""
    return [one for one in failures if not (proxied and isinstance(one.error, NotFound))]


def _failures(sent: Sent, reply: Reply) -> Iterable[Failure]:
    registration = reply.registration.id
    if reply.fault is not None:
        for id in sent.ids:
            yield Failure(entity=id, error=reply.fault, registration=registration)
        return
    errors = reply.body.get("errors") if reply.partial and isinstance(reply.body, dict) else None
    for one in errors if isinstance(errors, list) else ():
        problem = one.get("error") if isinstance(one, dict) else None
        if isinstance(problem, dict):
            status = problem.get("status")
            fault = Refused(registration, status if isinstance(status, int) else 500, problem)
            yield Failure(
                entity=str(one.get("entityId", sent.ids[0])), error=fault, registration=registration
            )


def problem_of(error: QuanyuError) -> dict[str, Any] | None:
    """The problem as a source told it, where there is one."""
    return dict(error.problem) if isinstance(error, Refused) and error.problem else None
