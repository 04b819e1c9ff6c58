"""Questions of the workbench, algorithms in them too: each works on what its asker would have been shown, and its answer is a table.

take out  the calls of a question (`calls`); those within their tables come first
ask       every table of a call as a question of its own: the same enforcement, counted, with evidence of its own
run       the algorithm in its version, over the city's roads where it needs them; the run is kept, what went in is not
give      its answer to the rest of the question, for as long as that is read
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from quanyu.compute.brought import Brought
from quanyu.compute.brought_tables import function_of
from quanyu.compute.city_roads import NETWORKS
from quanyu.compute.keeping import keep_run
from quanyu.compute.processes import Process, Run, execute, hour_of, process_of
from quanyu.compute.tables import FUNCTIONS, Rows, TableFunction
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import TooLarge
from quanyu.core.messages import DEFAULT_LANGUAGE
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.delivery.made import Made, made_of
from quanyu.exchange.delivery.service import Deliveries, Delivery
from quanyu.exchange.parties import Party
from quanyu.exchange.policy import Way
from quanyu.exchange.policy.grammar import tables_of
from quanyu.exchange.workbench.calls import Call, Question, question
from quanyu.exchange.workbench.model import Function, FunctionTable
from quanyu.exchange.workbench.office import terms_of_office
from quanyu.identity import Outcome, append_evidence, check
from quanyu.identity.evidence.model import sm3

MOST_CALLS = 8
"""Of functions in one question, those within others too."""


async def functions_for(actor: Actor, algorithms: Brought) -> Mapping[str, TableFunction]:
    """By name; what others bring hides nothing of the node's own."""
    found = {one.name: one for one in FUNCTIONS}
    for offer in await algorithms.offers(actor):
        one = function_of(offer)
        found.setdefault(one.name, one)
    return found


@dataclass(frozen=True, slots=True)
class Asking:
    """One question of one asker. `runs`: of the algorithms in it, by their numbers."""

    deliveries: Deliveries
    actor: Actor
    algorithms: Brought
    functions: Mapping[str, TableFunction]
    runs: list[int] = field(default_factory=list)

    async def begin(self, sql: str, *, format: Format, rows: int) -> Delivery:
        """An answer of at most so many rows. Raises what Deliveries.begin and the algorithms raise."""
        asked, made = await self._prepared(sql, rows)
        tail = {"runs": self.runs} if self.runs else {}
        ask = self._ask(asked, sql, rows, format=format)
        return await self.deliveries.begin(self.actor, ask, tail=tail, made=made)

    async def _prepared(self, sql: str, rows: int) -> tuple[Question, Sequence[Made]]:
        """With the answers of its calls."""
        asked, made = question(sql, self.functions), list[Made]()
        try:
            for call in asked.calls:
                made.append(await self._made(call, rows))
        except BaseException:
            for one in made:
                one.drop()
            raise
        return asked, made

    async def _made(self, call: Call, rows: int) -> Made:
        function = self.functions[call.function]
        function.check(len(call.tables), call.values)
        check(self.actor, "entity.read", Resource("compute", tenant=self.actor.tenant))
        takes = zip(function.takes, call.tables, strict=False)
        tables = function.read([await self._rows(sql, taken.most + 1) for taken, sql in takes])
        if len(self.runs) >= MOST_CALLS:
            raise TooLarge("exchange.query.functions", most=MOST_CALLS)
        run = await self._run(function, tables, call)
        content = await asyncio.to_thread(function.table, run.outputs, tables)
        terms = terms_of_office(content.column_names, rows=rows, now=self._now())
        return await asyncio.to_thread(made_of, content, call.table, terms, self.deliveries.folder)

    async def _rows(self, sql: str, most: int) -> Rows:
        """Of one table of a call, as its asker is shown it; no more are read, whatever gives them."""
        asked, made = await self._prepared(sql, most)
        ask = self._ask(asked, sql, most)
        return await self.deliveries.rows(self.actor, msgspec.structs.replace(ask, most=most), made=made)

    async def _run(self, function: TableFunction, tables: Sequence[Rows], call: Call) -> Run:
        inputs = function.all_inputs(tables, call.values)
        if function.is_brought:
            run = await self.algorithms.run(self.actor, function.process, inputs)
        else:
            run = await self._run_own(process_of(function.process), inputs)
        kept = _without_content(run, tables, call)
        async with self.deliveries.database.tenant(self.actor.tenant) as connection:
            number = await keep_run(connection, self.actor, kept, now=self._now())
            detail = {"process": run.process, "version": run.version, **kept.inputs}
            about = Resource("compute", str(number), self.actor.tenant)
            await append_evidence(connection, self.actor, "query.run", about, Outcome.DONE, detail)
        self.runs.append(number)
        return run

    async def _run_own(self, process: Process, inputs: dict[str, Any]) -> Run:
        tenant = self.actor.tenant
        async with self.deliveries.database.tenant(tenant) as connection:
            hour = hour_of(inputs)
            graph = await NETWORKS.of(connection, tenant, hour=hour, ahead=True) if process.on_roads else None
        return await asyncio.to_thread(execute, process, graph, inputs)

    def _ask(self, asked: Question, said: str, rows: int, *, format: Format = Format.JSON) -> Ask:
        datasets = tables_of(asked.sql) - {one.table for one in asked.calls}
        return Ask(
            party=Party(organisation=self.actor.organisation or ""), sql=asked.sql, said=said.strip(),
            datasets=tuple(sorted(datasets)), way=Way.SQL, format=format, by_office=rows,
        )  # fmt: skip

    def _now(self) -> datetime:
        return self.deliveries.clock()


def described(function: TableFunction, language: str) -> Function:
    titles = function.titles if function.is_brought else process_of(function.process).titles
    return Function(
        name=function.name, title=titles.get(language) or titles.get(DEFAULT_LANGUAGE) or function.process, call=function.call,
        tables=tuple(msgspec.convert(one, FunctionTable, from_attributes=True) for one in function.takes),
        values=function.values, columns=tuple(function.gives),
    )  # fmt: skip


def _without_content(run: Run, tables: Sequence[Rows], call: Call) -> Run:
    """What went in and came out may be kept from others who see runs: how much it was, and its hash."""
    rows = [len(one) for one in tables]
    return replace(
        run,
        inputs={"rows": rows, "values": dict(call.values), "sm3": _digest(run.inputs)},
        outputs={"sm3": _digest(run.outputs)},
    )


def _digest(content: Any) -> str:
    return sm3(msgspec.json.encode(content, order="deterministic")).hex()
