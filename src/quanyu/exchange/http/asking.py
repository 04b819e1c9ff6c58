"""How requests of this part are read."""

from pathlib import Path
from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import HeaderParameter, PathParameter, QueryParameter, SkipValidation

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.exchange.dataspace.desks import Desks
from quanyu.exchange.delivery.engine import Engines
from quanyu.store import Database

Asker = NamedDependency[SkipValidation[Actor]]
Store = NamedDependency[SkipValidation[Database]]
Folder = NamedDependency[SkipValidation[Path]]
Now = NamedDependency[SkipValidation[Clock]]
TheEngines = NamedDependency[SkipValidation[Engines]]
TheOutgoing = NamedDependency[SkipValidation[Outgoing]]
TheDesks = NamedDependency[SkipValidation[Desks]]

Id = Annotated[str, PathParameter(max_length=60)]
Name = Annotated[str, PathParameter(max_length=200)]
Number = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=500)]
After = Annotated[str | None, QueryParameter(name="after", max_length=400)]
Word = Annotated[str | None, QueryParameter(max_length=200)]
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=200)]
"""The same key again changes nothing and answers as before."""

READ = {"action": "share.read"}
ASK = {"action": "share.request"}
ANSWER = {"action": "share.answer"}
DECIDE = {"action": "share.decide"}
USE = {"action": "share.use", "exclude_from_compression": True}
