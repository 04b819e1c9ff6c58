"""Changing one's own password."""

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, Invalid
from quanyu.identity.accounts._sql import set_password
from quanyu.identity.accounts.model import AccountState
from quanyu.identity.accounts.passwords import check_password, hash_password, password_matches
from quanyu.identity.evidence import Outcome, append_evidence
from quanyu.identity.sessions import _sql
from quanyu.identity.sessions.sign_in import digest
from quanyu.store import Connection


async def change_own_password(
    connection: Connection, actor: Actor, *, old: str, new: str, session: str
) -> None:
    """Every other session of the account ends. Raises Invalid with all that is wrong with the new one."""
    known = await _sql.credentials(connection, actor.tenant, id=actor.id)
    if known is None or known.password is None:
        raise Conflict("identity.password.elsewhere")
    if not await password_matches(known.password, old):
        raise Invalid("identity.password.wrong")
    check_password(new, login=known.login)
    if old == new:
        raise Invalid("identity.password.unchanged")
    await set_password(connection, actor.tenant, actor.id, await hash_password(new), AccountState.ACTIVE)
    await _sql.remove_sessions(connection, actor.tenant, actor.id, keep=digest(session))
    resource = Resource("account", actor.id)
    await append_evidence(
        connection, actor, "account.own", resource, Outcome.DONE, {"act": "change password"}
    )
