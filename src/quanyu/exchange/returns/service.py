"""Given back under a contract, decided by the owner, written by an import like any other."""

import asyncio
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quanyu.core.actor import Resource
from quanyu.core.errors import Conflict, Fault, Invalid, NotFound
from quanyu.exchange import notices
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.contracts.model import State as ContractState
from quanyu.exchange.parties import check_side, is_side
from quanyu.exchange.policy import Terms
from quanyu.exchange.returns import _sql
from quanyu.exchange.returns.compared import Pair, Record, comparison, pairs
from quanyu.exchange.returns.model import Decision, Return, Returned, ReturnView, State
from quanyu.exchange.titles import title_of
from quanyu.exchange.within import Within
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.model import About, Dataset, Extent, Options
from quanyu.govern.imports.service import begin_import, new_id
from quanyu.govern.imports.service import dataset as dataset_named
from quanyu.govern.imports.upload import hash_file
from quanyu.identity import Outcome, append_evidence

PROVIDER = "share.answer"


@dataclass(frozen=True, slots=True)
class Returns(Within):
    """Of one tenant, within one transaction, at one moment."""

    folder: Path

    async def give(self, contract: Contract, said: Returned, *, key: str) -> Return:
        """The same key again is the same return. Raises Invalid with every fault, Conflict for a contract that is not in force."""
        if contract.terms is None or contract.state is not ContractState.ACTIVE:
            raise Conflict("exchange.contract.cut", id=contract.id)
        dataset = await dataset_named(self.connection, contract.dataset)
        if faults := tuple(_faults(said, contract.terms, dataset)):
            raise Invalid("exchange.return.invalid", faults=faults, count=len(faults))
        made = Return(
            id=await contracts_sql.number(self.connection, "B", self.now), contract=contract.id, dataset=contract.dataset,
            provider=contract.provider, consumer=contract.consumer.desk, records=said.records, note=said.note,
            state=State.WAITING, rule=None, taken=0, import_id=None, reason="", author=self.actor.id, decided_by=None,
            created=self.now, modified=self.now,
        )  # fmt: skip
        kept = await self.one(await _sql.add(self.connection, self.tenant, made, key))
        if kept.id == made.id:
            await self._moved(kept, "given", to=kept.provider, records=len(kept.records))
        return kept

    async def decide(self, id: str, said: Decision) -> Return:
        """By the owner. What is taken becomes an import of the dataset. Raises Conflict for what is decided already."""
        found = await self.one(id, lock=True)
        check_side(self.actor, found.provider, PROVIDER, id)
        if found.state is not State.WAITING:
            raise Conflict("exchange.return.decided", id=id, state=found.state.value)
        if not said.take and not said.reason.strip():
            raise Invalid("exchange.return.reason")
        settled = [one.settled(said.rule) for one in await self._pairs(found)] if said.take else []
        rows = [one for one in settled if one is not None]
        import_id = await self._imported(found, rows) if rows else None
        state = State.TAKEN if said.take else State.REFUSED
        await _sql.decide(
            self.connection, id, state, rule=said.rule if said.take else None, taken=len(rows), import_id=import_id,
            reason=said.reason, by=self.actor.id, now=self.now,
        )  # fmt: skip
        await self._moved(
            found, state.value, to=found.consumer, rule=said.rule, taken=len(rows), reason=said.reason
        )
        return await self.one(id)

    async def one(self, id: str, *, lock: bool = False) -> Return:
        """Raises NotFound, also for one of others."""
        found = await _sql.one(self.connection, id, lock=lock)
        if found is None or not any(
            is_side(self.actor, one, "share.read") for one in (found.provider, found.consumer)
        ):
            raise NotFound("exchange.unknown", id=id[:40])
        return found

    async def view(self, id: str) -> ReturnView:
        found = await self.one(id)
        decides = found.state is State.WAITING and is_side(self.actor, found.provider, PROVIDER)
        title = await title_of(self.connection, found.dataset)
        if not decides:
            return ReturnView(item=found, entry_title=title, comparison=None, acts=())
        key = (await dataset_named(self.connection, found.dataset)).key_columns
        return ReturnView(
            item=found, entry_title=title, comparison=comparison(await self._pairs(found), key), acts=("take", "refuse")
        )  # fmt: skip

    async def _pairs(self, found: Return) -> list[Pair]:
        dataset = await dataset_named(self.connection, found.dataset)
        parts = await imports_sql.parts(self.connection, found.dataset)
        tenant, key = self.tenant, dataset.key_columns
        return await asyncio.to_thread(pairs, self.folder, tenant, parts, key, found.records)

    async def _imported(self, found: Return, rows: Sequence[Record]) -> str:
        folder = Folders(self.folder, self.tenant).upload(new_id(self.now, "u"))
        file = await asyncio.to_thread(_written, folder / f"{found.id}.csv", rows)
        begun = await begin_import(
            self.connection, actor=self.actor, dataset=found.dataset, files=[await hash_file(file, file.name)],
            options=Options(), about=About(), now=self.now, source=f"return {found.id}", extent=Extent.INCREMENT,
        )  # fmt: skip
        return begun.import_id

    async def _moved(self, found: Return, what: str, *, to: str, **detail: Any) -> None:
        tenant = self.tenant
        await notices.tell(self.connection, tenant, to, f"return_{what}", found.id, found.dataset, self.now, **detail)  # fmt: skip
        about = Resource("share", found.id, tenant, found.provider)
        said = {"dataset": found.dataset, "contract": found.contract, "consumer": found.consumer, **detail}
        await append_evidence(self.connection, self.actor, f"share.return.{what}", about, Outcome.DONE, said)


def _faults(said: Returned, terms: Terms, dataset: Dataset) -> Iterator[Fault]:
    """What the contract shows masked nobody there knows, so nobody gives it back."""
    if not dataset.key_columns:
        yield Fault("exchange.return.no_key", "/records", {"dataset": dataset.name})
    for place, record in enumerate(said.records):
        for column in dataset.key_columns:
            if not record.get(column, "").strip():
                yield Fault("exchange.return.key", f"/records/{place}", {"column": column})
        for column in sorted(record.keys() - set(terms.columns)):
            yield Fault("exchange.query.not_given", f"/records/{place}", {"column": column[:80]})
        for column in sorted(record.keys() & terms.masks.keys()):
            yield Fault("exchange.return.masked", f"/records/{place}", {"column": column})


def _written(path: Path, rows: Sequence[Mapping[str, str | None]]) -> Path:
    path.parent.mkdir(parents=True)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        made = csv.DictWriter(file, columns)
        made.writeheader()
        made.writerows(rows)
    return path
