"""Whom and what somebody names is there: what goes to a body or a person that nobody knows would lie with nobody."""

from collections.abc import Iterable

from quanyu.act.cases import _laid_sql
from quanyu.core.errors import Fault, Invalid
from quanyu.identity import account_names, organisation_names
from quanyu.store import Connection
from quanyu.workflow import Act


async def check_bodies(connection: Connection, ids: Iterable[str | None]) -> None:
    """Raises Invalid with every body that does not exist."""
    named = {one for one in ids if one}
    known = await organisation_names(connection, named) if named else {}
    _refuse("act.case.body", "organisation", named - known.keys())


async def check_recipients(connection: Connection, wanted: Act) -> None:
    """Raises Invalid with every body, else every person, of an act that does not exist."""
    await check_bodies(connection, [wanted.organisation, *(task.organisation for task in wanted.tasks)])
    people = {one for one in (wanted.assignee, *(task.assignee for task in wanted.tasks)) if one}
    known = await account_names(connection, people) if people else {}
    _refuse("act.case.person", "assignee", people - known.keys())


async def check_class(connection: Connection, code: str | None) -> None:
    """Raises Invalid: nobody could be judged by a class that does not exist."""
    if code and await _laid_sql.case_class(connection, code) is None:
        _refuse("act.case.class", "class", {code})


def _refuse(refusal: str, where: str, unknown: set[str]) -> None:
    if unknown:
        faults = tuple(Fault(refusal, where, {"name": one[:80]}) for one in sorted(unknown))
        raise Invalid(refusal, faults=faults, name=", ".join(sorted(unknown))[:200])
