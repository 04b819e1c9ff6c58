"""What has changed since: a dataset is kept the same elsewhere by portions, each with the mark from which the next one goes on.

A mark holds as long as what it was made of: after other terms, or once the files of the dataset have been put together, the whole
comes again, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from quanyu.core.page_token import page_token, place_of
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.delivery.coverage import Ask, Since, content_of, parts_until
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.policy import Terms, Way
from quanyu.exchange.policy.changes import CHANGE
from quanyu.govern.imports.model import Part
from quanyu.govern.quality.quote import name, names


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """How far somebody is: `offset` records of what changed from `version` to `upto`, under the terms that were `agreed`."""

    version: int
    upto: int
    offset: int
    agreed: str
    content: str

    @classmethod
    def read(cls, token: str | None) -> "Mark | None":
        """Raises Invalid."""
        return None if token is None else place_of(token, cls, refusal="exchange.token")

    @property
    def is_whole(self) -> bool:
        return self.version == 0

    def holds(self, contract: Contract, parts: Sequence[Part]) -> bool:
        made = content_of(parts_until(parts, self.upto))
        return self.offset >= 0 and (self.agreed, self.content) == (_agreed(contract), made)

    def is_up_to_date(self, contract: Contract, version: int) -> bool:
        """`version` is that of the dataset."""
        return not self.offset and (self.version, self.upto, self.agreed) == (
            version,
            version,
            _agreed(contract),
        )


def _agreed(contract: Contract) -> str:
    return f"{contract.id}/{contract.version}"


@dataclass(frozen=True, slots=True)
class Portion:
    """Changes that are asked for: from which mark on, how many there may be."""

    mark: Mark
    limit: int

    def tail(self, records: int) -> dict[str, Any]:
        """`whole`: what was given before counts no more."""
        more, mark = records == self.limit, self.mark
        following = msgspec.structs.replace(
            mark, version=mark.version if more else mark.upto, offset=mark.offset + records if more else 0
        )
        whole = mark.is_whole and not mark.offset
        return {"next": page_token(following), "more": more, "whole": whole}


def changes_of(
    contract: Contract, terms: Terms, parts: Sequence[Part], version: int, *, after: str | None, limit: int
) -> Portion:
    """`version` is that of the dataset. Raises Invalid for a mark that nobody gave out."""
    mark, most = Mark.read(after), min(limit, terms.rows or limit)
    if mark is None or not mark.holds(contract, parts):
        return Portion(Mark(0, version, 0, _agreed(contract), content_of(parts_until(parts, version))), most)
    if mark.offset:
        return Portion(mark, most)
    content = content_of(parts_until(parts, version))
    return Portion(msgspec.structs.replace(mark, version=mark.upto, upto=version, content=content), most)


def changes_ask(contract: Contract, terms: Terms, portion: Portion, *, format: Format, purpose: str) -> Ask:
    mark = portion.mark
    shown = f"{name(CHANGE)}, {names(terms.columns)}"
    sql = f"select {shown} from {name(contract.dataset)} limit {portion.limit} offset {mark.offset}"
    return Ask(
        party=contract.consumer, sql=sql, datasets=(contract.dataset,), way=Way.CHANGES, format=format, contracts=(contract.id,),
        purpose=purpose, said=f"changes {mark.version} to {mark.upto}",
        since=Since(version=mark.version, upto=mark.upto, content=mark.content),
    )  # fmt: skip
