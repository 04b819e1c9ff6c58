"""The one table from errors to answers: RFC 9457 problem details in the asker's language, all faults at once."""

import logging
import re
import traceback
import uuid
from typing import Any

import msgspec
from litestar import Request, Response
from litestar._signature import SignatureModel
from litestar.exceptions import HTTPException, InternalServerException, ValidationException

from quanyu.core.choices import choices_at
from quanyu.core.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    QuanyuError,
    SignInFirst,
    TooLarge,
    TooOften,
    Unauthenticated,
    Unavailable,
)
from quanyu.core.form import CHOICE, refusal
from quanyu.core.messages import form_text, preferred_language, text

_log = logging.getLogger("quanyu.http")

STATUS: dict[type[QuanyuError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    SignInFirst: 401,
    Denied: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    TooOften: 429,
    Unavailable: 503,
}


def status_of(error: QuanyuError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(error: QuanyuError, language: str) -> dict[str, Any]:
    """A problem document: type, title, status, detail and, for bad input, `faults: [{where, message}]`."""
    status = status_of(error)
    body: dict[str, Any] = {
        "type": f"urn:quanyu:problem:{error.key}",
        "title": text(f"app.problem.{status}", language),
        "status": status,
        "detail": error.text(language),
    }
    if isinstance(error, Invalid):
        body["faults"] = [{"where": fault.where, "message": fault.text(language)} for fault in error.faults]
    return body


def answer_known(request: Request[Any, Any, Any], error: QuanyuError) -> Response[bytes]:
    return _response(problem(error, language_of(request)), _headers(error))


def _headers(error: QuanyuError) -> dict[str, str]:
    match error:
        case Unavailable():
            return {"Retry-After": "2"}
        case TooOften(seconds=seconds):
            return {"Retry-After": str(seconds)}
        case _:
            return {}


def answer_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """The framework's own refusals (no such route, body that does not parse) in the same form."""
    _let_go(error)
    error = _of_who_asks(error)
    language = language_of(request)
    status = error.status_code
    body: dict[str, Any] = {
        "type": f"urn:quanyu:problem:http-{status}",
        "title": text(f"app.problem.{status}", language),
        "status": status,
        "detail": form_text(error.detail, language),
    }
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        body["detail"] = text("app.problem.parameters", language)
        body["faults"] = [
            {"where": _place(request, one, error), "message": _said(request, one, language)}
            for one in error.extra
            if isinstance(one, dict)
        ]
    return _response(body, dict(error.headers or {}))


def _let_go(error: HTTPException) -> None:
    """The framework collects what is wrong with a body in the very frame that the tracebacks of these faults lead to.

    Such a circle holds the request, its body and what compresses its answer until garbage is looked for, which is rarely.
    """
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == _COLLECTING:
            fault = frame.f_locals.get("exc")
            if isinstance(fault, Exception):
                traceback.clear_frames(fault.__traceback__)
                fault.__traceback__ = fault.__context__ = None


_COLLECTING = SignatureModel.parse_values_from_connection_kwargs.__name__


def _of_who_asks(error: HTTPException) -> HTTPException:
    """What is wrong with a member of a body that is called like one of our own parts, the framework takes for a fault of ours."""
    cause = error.__cause__
    if not (isinstance(error, InternalServerException) and isinstance(cause, msgspec.ValidationError)):
        return error
    said, _, place = str(cause).partition(" - at `$.")
    key = place.rstrip("`").removeprefix(f"{_BODY}.")
    refused = ValidationException(extra=[{"key": key, "source": "body", "message": said}])
    refused.__cause__ = cause
    return refused


def _said(request: Request[Any, Any, Any], one: dict[str, Any], language: str) -> str:
    said = str(one.get("message", ""))
    found, choices = refusal(said), _choices(request, one)
    if found and found.key == CHOICE and choices:
        return text("core.form.choices", language, **found.values, choices=", ".join(choices))
    return form_text(said, language)


def _choices(request: Request[Any, Any, Any], one: dict[str, Any]) -> tuple[str, ...]:
    """What the route takes at this place: of its body, or as a parameter."""
    key = str(one.get("key", ""))
    model = getattr(request.route_handler, "signature_model", None)
    kinds = {field.name: field.type for field in msgspec.structs.fields(model)} if model else {}
    if one.get("source") == "body":
        return choices_at(kinds.get(_BODY), key)
    return choices_at(kinds.get(key), "") or choices_at(kinds.get(key), _FIRST)


def _place(request: Request[Any, Any, Any], one: dict[str, Any], error: ValidationException) -> str:
    """The framework leaves out the place in a list; the decoder's own words have it, as `$.data[0].year`."""
    named = _public(request, str(one.get("key", one.get("source", ""))))
    found = _PLACE.search(str(error.__cause__))
    return found[1] if found and found[1].startswith(named) else named


def _public(request: Request[Any, Any, Any], key: str) -> str:
    """A parameter as who asks writes it: `from`, and not as our code calls it."""
    signature = getattr(request.route_handler, "parsed_fn_signature", None)
    field = signature.parameters.get(key) if signature else None
    return getattr(field.kwarg_definition, "name", None) or key if field else key


_BODY = "data"
"""As a route calls its body."""

_FIRST = "[0]"

_PLACE = re.compile(r"`\$\.(.+)`$")


def answer_too_deep(request: Request[Any, Any, Any], error: RecursionError) -> Response[bytes]:
    return answer_known(request, Invalid("app.problem.depth"))


def answer_undecodable(request: Request[Any, Any, Any], error: UnicodeError) -> Response[bytes]:
    return answer_known(request, Invalid("app.problem.text", reason=str(error)))


def answer_unknown(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of ours: the reader gets a number, the log has the rest."""
    number = uuid.uuid4().hex[:12]
    _log.exception("fault %s at %s %r", number, request.method, request.url.path, exc_info=error)
    language = language_of(request)
    return _response(
        {
            "type": "urn:quanyu:problem:internal",
            "title": text("app.problem.500", language),
            "status": 500,
            "detail": text("app.problem.internal", language, number=number),
            "trace": number,
        },
        {},
    )


def language_of(request: Request[Any, Any, Any]) -> str:
    return preferred_language(request.headers.get("accept-language", ""))


def _response(body: dict[str, Any], headers: dict[str, str]) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body),
        status_code=body["status"],
        headers=headers,
        media_type="application/problem+json",
    )


HANDLERS: dict[int | type[Exception], Any] = {
    QuanyuError: answer_known,
    UnicodeError: answer_undecodable,
    HTTPException: answer_framework,
    RecursionError: answer_too_deep,
    Exception: answer_unknown,
}
