"""What a report is about, who is responsible, and who said it before. Proposes; the desk decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import asyncpg
from msgspec.structs import replace

from quanyu.act.cases import _laid_sql
from quanyu.act.cases.model import Case, CaseClass, Place
from quanyu.act.understanding import _sql
from quanyu.act.understanding.features import features
from quanyu.act.understanding.kinship import Kinship
from quanyu.act.understanding.model import ClassProposal, Component, Rules, Said, SimilarCase, Understanding
from quanyu.act.understanding.places import areas_of, entry_of, owner_of, told
from quanyu.act.understanding.routing import InArea, Routed, area_path, class_path, route
from quanyu.act.understanding.similar import Matter, similar
from quanyu.act.understanding.store import Model, load
from quanyu.act.understanding.titles import by_titles
from quanyu.identity import organisation_names
from quanyu.store import Connection
from quanyu.twin.distance import box_around
from quanyu.twin.model import Stored

_LONGEST = 400  # characters of a case that it is compared by


@dataclass(frozen=True, slots=True)
class Reader:
    """Of one tenant within one transaction, at one moment; `folder` is the data folder."""

    connection: Connection
    tenant: str
    now: datetime
    folder: Path

    async def understand(self, said: Said, *, but: str = "", at: datetime | None = None) -> Understanding:
        """`but` is the case that is asked about, reported at `at`: it is not similar to itself."""
        model = load(self.folder, self.tenant)
        rules = await _sql.rules(self.connection)
        classes = {one.code: one for one in await _laid_sql.classes(self.connection)}
        proposed = _classes(said.text, model, classes)
        category = said.category or (proposed[0].category if proposed else None)
        parents = {code: one.parent for code, one in classes.items()}
        entry = await entry_of(self.connection, self.tenant, said.component) if said.component else None
        routed = await self._route(said, entry, category, classes, model, rules)
        subject = Matter(
            id=but, category=category, title=said.title, place=said.place, address=said.address,
            component=said.component, words=_words(said.text), reported=at or self.now,
        )  # fmt: skip
        found = await self._similar(subject, Kinship(parents.get, model.meetings), rules)
        return Understanding(
            classes=proposed, bodies=routed.bodies, choice=routed.choice, similar=found, model=model.version,
            component=await self._component(said.component, entry) if said.component else None,
        )  # fmt: skip

    async def understand_case(self, case: Case) -> Understanding:
        said = Said(
            title=case.title, description=case.description, category=case.category, address=case.address,
            place=case.place, region=case.region, component=case.component,
        )  # fmt: skip
        return await self.understand(said, but=case.id, at=case.reported)

    async def _route(
        self,
        said: Said,
        entry: Stored | None,
        category: str | None,
        classes: Mapping[str, CaseClass],
        model: Model,
        rules: Rules,
    ) -> Routed:
        code = said.component
        owned = await owner_of(self.connection, self.tenant, code, entry) if code else None
        areas = await areas_of(self.connection, self.tenant, said.region, said.place, within=rules.boundary)
        duties = [
            InArea(area.code, area.metres, found[0])
            for area in areas
            if (found := await _laid_sql.duties(self.connection, category or "", area.code))
        ]
        home = areas[0].code if areas else None
        parents = {code: one.parent for code, one in classes.items()}
        habits = model.habits.propose(class_path(category, parents), area_path(home)) if category else ()
        bodies = {one.duty.organisation for one in duties} | {one.body for one in habits}
        names = await organisation_names(self.connection, bodies)
        return route(owned=owned, duties=duties, habits=habits, names=names, classes=classes)

    async def _component(self, code: str, entry: Stored | None) -> Component:
        case, closed = await _sql.last_repair(self.connection, code)
        return replace(told(code, entry), repaired=closed, repaired_by=case)

    async def _similar(self, subject: Matter, kinship: Kinship, rules: Rules) -> tuple[SimilarCase, ...]:
        since, until = subject.reported - timedelta(days=rules.days), max(subject.reported, self.now)
        rows: list[Sequence[asyncpg.Record]] = []
        if subject.place:
            box = box_around(subject.place.lon, subject.place.lat, rules.nearby)
            rows.append(await _sql.near(self.connection, box, since=since, until=until, but=subject.id))
        if subject.component or subject.address:
            rows.append(
                await _sql.named(
                    self.connection, component=subject.component, address=subject.address,
                    since=since, until=until, but=subject.id,
                )
            )  # fmt: skip
        others = {row["id"]: _matter(row) for row in chain.from_iterable(rows)}
        found = similar(subject, others.values(), kinship)
        return tuple(case for case in found if case.score >= rules.likely)


def _classes(text: str, model: Model, classes: Mapping[str, CaseClass]) -> tuple[ClassProposal, ...]:
    """As learned; by the titles of the classes where nothing was, or where nothing of the text is known."""
    if model.classifier:
        learned = tuple(one for one in model.classifier.propose(text) if one.category in classes)
        if learned:
            return learned
    return by_titles(text, tuple(classes.values()))


def _matter(row: asyncpg.Record) -> Matter:
    placed = row["lon"] is not None
    return Matter(
        id=row["id"], category=row["class"], title=row["title"], address=row["address"], component=row["component"],
        place=Place(lon=row["lon"], lat=row["lat"]) if placed else None,
        words=_words(f"{row['title']} {row['description']}"), reported=row["reported"],
    )  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(features(text[:_LONGEST]))
