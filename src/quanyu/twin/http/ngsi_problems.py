"""Errors as the standard's problem types (ETSI GS CIM 009, 5.5.2, 5.5.3, 6.3.2)."""

from typing import Any

from quanyu.core.errors import (
    Conflict,
    Denied,
    Fault,
    Invalid,
    NotFound,
    QuanyuError,
    TooLarge,
    TooOften,
    Unauthenticated,
    Unavailable,
)
from quanyu.core.messages import preferred_language
from quanyu.twin.http.ngsi_media import NotAcceptable
from quanyu.twin.ngsild.context import LdContextNotAvailable
from quanyu.twin.registrations.errors import BadSource, Conflicting, LoopDetected, Refused, SourceTimeout
from quanyu.twin.search import TooComplexQuery
from quanyu.twin.tenants import NonexistentTenant

UNKNOWN = "urn:ngsi-ld:unknown"
"""5.2.17 wants the id of an entity with every error, also where nobody knows one."""


class Malformed(Invalid):
    """The request is no JSON or not what the operation takes at all: InvalidRequest, where Invalid is BadRequestData."""


class LengthRequired(QuanyuError):
    """A body comes without saying how long it is (6.3.4)."""


class NotImplementedHere(QuanyuError):
    """A parameter or operation of the standard that this version does not know."""


class NotSupported(QuanyuError):
    """What is asked for makes no sense for this resource, whoever answers."""


class WrongMethod(QuanyuError):
    """The resource exists, but not with this method."""


class WrongType(QuanyuError):
    """The body is of a media type that the operation does not take."""


# The first that fits counts.
_PROBLEMS: list[tuple[type[QuanyuError], int, str]] = [
    (Malformed, 400, "InvalidRequest"),
    (LdContextNotAvailable, 504, "LdContextNotAvailable"),
    (NonexistentTenant, 404, "NonexistentTenant"),
    (NotImplementedHere, 501, "OperationNotSupported"),
    (NotSupported, 422, "OperationNotSupported"),
    (TooComplexQuery, 403, "TooComplexQuery"),
    (LengthRequired, 411, "InvalidRequest"),
    (WrongMethod, 405, "OperationNotSupported"),
    (WrongType, 415, "InvalidRequest"),
    (NotAcceptable, 406, "InvalidRequest"),
    (SourceTimeout, 504, "GatewayTimeout"),
    (BadSource, 502, "BadGateway"),
    (LoopDetected, 508, "LoopDetected"),
    (Invalid, 400, "BadRequestData"),
    (NotFound, 404, "ResourceNotFound"),
    (Conflicting, 409, "Conflict"),
    (Conflict, 409, "AlreadyExists"),
    (TooLarge, 413, "BadRequestData"),
    (Unauthenticated, 401, "Unauthorized"),
    (Denied, 403, "Forbidden"),
    (TooOften, 429, "TooManyRequests"),
    (Unavailable, 503, "InternalError"),
]


_REFUSALS = {
    400: "BadRequestData",
    404: "ResourceNotFound",
    409: "AlreadyExists",
    422: "OperationNotSupported",
    501: "OperationNotSupported",
}
"""What a source means that says no more than its status."""


def problem(error: QuanyuError, accept_language: str) -> dict[str, Any]:
    """ProblemDetails, 5.5.3, with every fault and where it is."""
    status, kind = status_of(error)
    language = preferred_language(accept_language) if accept_language else "en"
    body: dict[str, Any] = {
        "type": f"https://uri.etsi.org/ngsi-ld/errors/{kind}",
        "title": kind,
        "status": status,
        "detail": error.text(language),
    }
    if isinstance(error, Invalid):
        body["faults"] = [_fault(fault, language) for fault in error.faults]
    return body


def status_of(error: QuanyuError) -> tuple[int, str]:
    if error.key == "store.full":
        return 507, "InternalError"
    if isinstance(error, Refused):
        return error.status, _REFUSALS.get(error.status, "InternalError")
    return next(
        ((status, kind) for base, status, kind in _PROBLEMS if isinstance(error, base)),
        (500, "InternalError"),
    )


def _fault(fault: Fault, language: str) -> dict[str, str]:
    return {"where": fault.where, "message": fault.text(language)}
