"""What of its city a setting of a pack names: a dataset, a class of cases, organisations; and which of them the city has not."""

from typing import Any

from quanyu.act.cases import _laid_sql
from quanyu.govern.imports._sql import dataset as find_dataset
from quanyu.identity import organisation_names
from quanyu.packs.meant import names_in
from quanyu.packs.model import Parameter
from quanyu.store import Connection


async def missing_names(connection: Connection, parameter: Parameter, value: Any) -> tuple[str, ...]:
    """In the order in which they are written; a pack's own value is no other city's."""
    if parameter.names is None or value in ("", parameter.default):
        return ()
    named = [str(value)]
    match parameter.names:
        case "dataset":
            known = set(named) if await find_dataset(connection, str(value)) is not None else set()
        case "class":
            known = {one.code for one in await _laid_sql.classes(connection)}
        case _:
            named = names_in(str(value))
            known = set(await organisation_names(connection, named))
    return tuple(one for one in named if one not in known)
