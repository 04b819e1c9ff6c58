"""What a change has come to here and at its sources, as one answer (ETSI GS CIM 009, 5.2.16 to 5.2.19, 6.3.17, 6.4.3.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from quanyu.core.errors import QuanyuError
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, problem
from quanyu.twin.http.ngsi_problems import UNKNOWN
from quanyu.twin.registrations.changes import MEMBERS, Asked, Kind, id_of
from quanyu.twin.registrations.forward import Reply
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.results import Failure, Result, problem_of
from quanyu.twin.registrations.shares import Share

_IN_PARTS = 207


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How the results are told to the client. `own`: what the broker itself answers to its part, None where it has none."""

    exchange: Exchange
    asked: Asked
    share: Share
    own: Answer | QuanyuError | None
    replies: Sequence[Reply]
    result: Result

    def answer(self) -> Answer:
        if not self._mixed:
            return self._success()
        only = self.share.here + len(self.share.sent) + len(self.share.refused) == 1
        if only and len(self.result.failures) == 1 and not self.asked.change.of_many:
            raise self.result.failures[0].error
        if self.asked.parts[-1] == "attrs":
            return Answer(_IN_PARTS, self._update_result())
        return Answer(_IN_PARTS, self._batch_result(), self._location() if self._made else ())

    @property
    def _mixed(self) -> bool:
        return self.result.mixed or (isinstance(self.own, Answer) and self.own.status == _IN_PARTS)

    def _success(self) -> Answer:
        action, kind = self.asked.change.action, self.asked.change.kind
        if kind is Kind.BATCH and action in ("createBatch", "upsertBatch"):
            created = list(self._created())
            return Answer(201, created) if created else Answer(204)
        if isinstance(self.own, Answer):
            return self.own
        if kind is Kind.ENTITY and action is Action.UPSERT_TEMPORAL and not self._made_elsewhere:
            return Answer(204)
        if kind is Kind.ENTITY:
            return Answer(201, headers=self._location())
        return Answer(204)

    def _location(self) -> tuple[tuple[str, str], ...]:
        path = "/".join((self.exchange.root, *self.asked.parts, quote(id_of(self.asked.body), safe=":")))
        return (("location", path),)

    @property
    def _made(self) -> bool:
        """6.4.3.1: whether there is an entity now, here or elsewhere, though not all of it."""
        here = isinstance(self.own, Answer) and self.own.status == 201
        return self.asked.change.kind is Kind.ENTITY and (here or self._made_elsewhere)

    @property
    def _made_elsewhere(self) -> bool:
        """5.6.11: new there, and not only added to."""
        return any(reply.status == 201 for reply in self.replies)

    def _created(self) -> Iterable[str]:
        """Of a batch: everything where it was to create, else what the broker or a source names as new."""
        if self.asked.change.action == "createBatch":
            return dict.fromkeys(map(id_of, self.asked.body))
        named = self.own.body if isinstance(self.own, Answer) and self.own.status == 201 else []
        found = dict.fromkeys(named)
        for reply in self.replies:
            if reply.status == 201 and isinstance(reply.body, list):
                found |= dict.fromkeys(one for one in reply.body if isinstance(one, str))
        return found

    def _batch_result(self) -> dict[str, Any]:
        """5.2.16."""
        failed = {one.entity for one in self.result.failures}
        named = dict.fromkeys((*self.result.succeeded, *own_ids(self.share, self.asked)))
        if not self.share.here:
            named = dict.fromkeys(self.result.succeeded)
        return {
            "success": [id for id in named if id and id not in failed],
            "errors": [self._error(one) for one in self.result.failures],
        }

    def _error(self, failure: Failure) -> dict[str, Any]:
        """5.2.17; of a purge nobody can say which entities it would have been."""
        error = problem_of(failure.error) or problem(failure.error, self.exchange.header("accept-language"))
        told: dict[str, Any] = {"entityId": failure.entity or UNKNOWN, "error": error}
        if failure.registration:
            told["registrationId"] = failure.registration
        return told

    def _update_result(self) -> dict[str, Any]:
        """5.2.18, 5.2.19; names are whole, as no @context goes along (6.3.6)."""
        updated: dict[str, None] = {}
        missed: list[dict[str, Any]] = []
        self._add_own(updated, missed)
        for sent, reply in zip(self.share.sent, self.replies, strict=True):
            names = self._names(sent.call.body)
            told = reply.body if reply.partial and isinstance(reply.body, dict) else {}
            if reply.fault is not None:
                missed += self._missed(names, reply.fault, reply.registration.id)
            elif told:
                updated |= dict.fromkeys(self._told_names(told.get("updated")))
                missed += self._told_gaps(told.get("notUpdated"), reply.registration.id)
            else:
                updated |= dict.fromkeys(names)
        refusals = self.result.failures[len(self._own_errors()) :]
        for failure, body in zip(refusals, self.share.withheld, strict=False):
            missed += self._missed(self._names(body), failure.error, failure.registration)
        failed = {one["attributeName"] for one in missed}
        return {"updated": [name for name in updated if name not in failed], "notUpdated": missed}

    def _told_names(self, value: Any) -> list[str]:
        """What a source says, as far as it can be understood."""
        found = value if isinstance(value, list) else ()
        return [self.asked.context.iri(one) for one in found if isinstance(one, str) and one]

    def _told_gaps(self, value: Any, registration: str) -> list[dict[str, Any]]:
        return [
            one | {"attributeName": name, "registrationId": registration}
            for one in (value if isinstance(value, list) else ())
            if isinstance(one, dict)
            for name in self._told_names([one.get("attributeName")])
        ]

    def _own_errors(self) -> list[Failure]:
        return [one for one in self.result.failures if not one.registration]

    def _add_own(self, updated: dict[str, None], missed: list[dict[str, Any]]) -> None:
        if isinstance(self.own, QuanyuError):
            missed += self._missed(self._names(self.share.local), self.own, "")
        elif isinstance(self.own, Answer):
            told: dict[str, Any] = {"updated": self._names(self.share.local)}
            if self.own.status == _IN_PARTS:
                told = self.own.body
            updated |= dict.fromkeys(told.get("updated", ()))
            missed.extend(told.get("notUpdated", ()))

    def _missed(self, names: list[str], error: QuanyuError, registration: str) -> list[dict[str, Any]]:
        told = problem_of(error) or problem(error, self.exchange.header("accept-language"))
        reason = str(told.get("detail") or told.get("title"))
        beside = {"registrationId": registration} if registration else {}
        return [{"attributeName": name, "reason": reason, **beside} for name in names]

    def _names(self, body: Any) -> list[str]:
        """Of the attributes in a fragment that is in the client's terms."""
        found = body if isinstance(body, dict) else {}
        return [self.asked.context.iri(name) for name in found if name not in MEMBERS]


def own_ids(share: Share, asked: Asked) -> list[str]:
    """Of the entities that the broker itself was asked for; a purge names none."""
    match asked.change.kind:
        case Kind.BATCH | Kind.IDS:
            return [id_of(one) for one in share.local]
        case Kind.ENTITY:
            return [id_of(asked.body)]
        case Kind.PURGE:
            return [""]
    return [asked.entity]
