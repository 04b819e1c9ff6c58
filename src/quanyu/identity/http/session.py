"""Signing in and out, who am I, and looking after one's own account."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Meta

from quanyu.core.actor import Actor, ActorKind
from quanyu.identity.decision import allowed_actions
from quanyu.identity.http.asking import Asker, DataFolder, Signing, TheClock, TheDatabase
from quanyu.identity.keys import secrets_cipher
from quanyu.identity.sessions import second_factor
from quanyu.identity.sessions.authenticate import COOKIE, authenticate, refuse_foreign_page
from quanyu.identity.sessions.own_password import change_own_password
from quanyu.identity.sessions.sign_in import SignIn, sign_in, sign_out
from quanyu.identity.settings import IdentitySettings

_PATH = "/api/v1/session"
_OPEN = {"action": "session.open"}
_OWN = {"action": "account.own"}

Secret = Annotated[str, Meta(max_length=256)]


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, as the portal needs it."""

    signed_in: bool
    id: str
    name: str
    organisation: str | None
    roles: list[str]
    actions: list[str]
    must_change_password: bool
    language: str


class SignInBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code` is asked for by the problem `identity.session.code_needed`: six digits, or a recovery code."""

    login: Annotated[str, Meta(min_length=1, max_length=64)]
    password: Secret
    code: Annotated[str, Meta(max_length=64)] = ""


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    old: Secret
    new: Secret


class CodeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(max_length=64)]


class ConfirmationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: Secret


class EnrolmentView(msgspec.Struct, frozen=True, kw_only=True):
    secret: str
    uri: str


class RecoveryCodesView(msgspec.Struct, frozen=True, kw_only=True):
    recovery_codes: list[str]


@get(_PATH, opt=_OPEN, sync_to_thread=False)
def who_am_i(actor: Asker) -> SessionView:
    return _view(actor)


@post(_PATH, opt=_OPEN, status_code=HTTP_200_OK)
async def open_session(
    data: JSONBody[SignInBody],
    request: Request[Any, Any, Any],
    actor: Asker,
    database: TheDatabase,
    folder: DataFolder,
    clock: TheClock,
    identity: Signing,
) -> Response[SessionView]:
    refuse_foreign_page(request.headers)
    given = SignIn(login=data.login, password=data.password, code=data.code)
    secret = await sign_in(
        database, actor.tenant, given, cipher=secrets_cipher(folder), settings=identity, now=clock()
    )
    if former := request.cookies.get(COOKIE):
        await sign_out(database, actor, former)
    signed_in = await authenticate(
        database,
        tenant=actor.tenant,
        method="GET",
        headers={},
        cookies={COOKIE: secret},
        clock=clock,
        settings=identity,
    )
    return Response(_view(signed_in), cookies=[session_cookie(secret, identity)])


@delete(_PATH, opt=_OPEN, status_code=HTTP_204_NO_CONTENT)
async def close_session(
    request: Request[Any, Any, Any], actor: Asker, database: TheDatabase, identity: Signing
) -> Response[None]:
    if secret := request.cookies.get(COOKIE):
        await sign_out(database, actor, secret)
    gone = session_cookie("", identity)
    gone.max_age = 0
    return Response(None, status_code=HTTP_204_NO_CONTENT, cookies=[gone])


@post(f"{_PATH}/password", opt=_OWN, status_code=HTTP_204_NO_CONTENT)
async def change_password(
    data: JSONBody[PasswordBody], request: Request[Any, Any, Any], actor: Asker, database: TheDatabase
) -> None:
    async with database.tenant(actor.tenant) as connection:
        session = request.cookies.get(COOKIE, "")
        await change_own_password(connection, actor, old=data.old, new=data.new, session=session)


@post(f"{_PATH}/second-factor", opt=_OWN, status_code=HTTP_200_OK)
async def begin_second_factor(actor: Asker, database: TheDatabase, folder: DataFolder) -> EnrolmentView:
    async with database.tenant(actor.tenant) as connection:
        begun = await second_factor.enrol(
            connection, actor, cipher=secrets_cipher(folder), issuer="Quanyu 全域"
        )
    return EnrolmentView(secret=begun.secret, uri=begun.uri)


@post(f"{_PATH}/second-factor/confirm", opt=_OWN, status_code=HTTP_200_OK)
async def confirm_second_factor(
    data: JSONBody[CodeBody], actor: Asker, database: TheDatabase, folder: DataFolder, clock: TheClock
) -> RecoveryCodesView:
    async with database.tenant(actor.tenant) as connection:
        codes = await second_factor.confirm(
            connection, actor, data.code, cipher=secrets_cipher(folder), now=clock()
        )
    return RecoveryCodesView(recovery_codes=list(codes))


@post(f"{_PATH}/second-factor/disable", opt=_OWN, status_code=HTTP_204_NO_CONTENT)
async def end_second_factor(data: JSONBody[ConfirmationBody], actor: Asker, database: TheDatabase) -> None:
    async with database.tenant(actor.tenant) as connection:
        await second_factor.disable(connection, actor, data.password)


def session_cookie(secret: str, identity: IdentitySettings) -> Cookie:
    return Cookie(
        key=COOKIE, value=secret, path="/", httponly=True, samesite="strict", secure=identity.secure,
        max_age=int(identity.absolute.total_seconds()),
    )  # fmt: skip


def _view(actor: Actor) -> SessionView:
    return SessionView(
        signed_in=actor.kind is not ActorKind.ANONYMOUS,
        id=actor.id,
        name=actor.name,
        organisation=actor.organisation,
        roles=sorted(actor.roles),
        actions=list(allowed_actions(actor)),
        must_change_password=actor.must_change_password,
        language=actor.language,
    )


routes = (
    who_am_i,
    open_session,
    close_session,
    change_password,
    begin_second_factor,
    confirm_second_factor,
    end_second_factor,
)
