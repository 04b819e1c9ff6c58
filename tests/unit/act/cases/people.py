"""Who does what about a case, in one city."""

from quanyu.workflow import Doer


def person(role: str, *organisations: str) -> Doer:
    return Doer(
        id=role, roles=frozenset({role}), organisations=frozenset(organisations) if organisations else None
    )


CITIZEN = Doer(id="anonymous")
ACCEPTOR, CHIEF, DISPATCHER = person("acceptor"), person("shift_chief"), person("dispatcher")
PATROLLER, CALLER, SUPERVISOR = person("patroller"), person("callback_agent"), person("supervisor")
ROADS, WATER = person("handler", "roads"), person("handler", "water")
