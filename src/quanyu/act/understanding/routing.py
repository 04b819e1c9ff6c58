"""Which body is responsible, and why: the component's own, then the duty list in its area and across near boundaries, then what
was usual. Rules decide; what was learned is a second opinion and speaks alone only where no rule does."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from quanyu.act.cases.model import CaseClass, Duty
from quanyu.act.understanding.habits import Habit, Path
from quanyu.act.understanding.model import BodyProposal, Reason
from quanyu.core.errors import Invalid
from quanyu.core.messages import text
from quanyu.core.regions import region_parent

_LANGUAGES = ("zh-CN", "en")
NO_CLASSES: Mapping[str, CaseClass] = {}
_SURE = 0.5  # a habit below it is no answer but a choice


class Owned(NamedTuple):
    """Who keeps or owns the component: `organisation` where a body of the city is called so."""

    component: str
    name: str
    organisation: str | None


class InArea(NamedTuple):
    """The duty that applies in an area; `metres` from its boundary, 0 inside or where the area was told."""

    area: str
    metres: float
    duty: Duty


class Routed(NamedTuple):
    bodies: tuple[BodyProposal, ...]
    choice: bool


def route(
    *, owned: Owned | None, duties: Sequence[InArea], habits: Sequence[Habit], names: Mapping[str, str],
    classes: Mapping[str, CaseClass] = NO_CLASSES,
) -> Routed:  # fmt: skip
    """`duties` with the area that the case is in first; `names` of bodies by id; by `classes` reasons call them by name."""
    ruled = [_by_component(owned)] if owned else []
    listed = {one.duty.organisation: one for one in sorted(duties, key=lambda one: one.metres, reverse=True)}
    near = sorted(listed.values(), key=lambda one: one.metres)
    ruled += [
        _by_duty(one, names, classes)
        for one in near
        if owned is None or one.duty.organisation != owned.organisation
    ]
    usual = {habit.body: habit for habit in habits}
    agreed = tuple(_agreeing(body, usual) for body in ruled)
    others = tuple(
        _by_habit(habit, names, classes)
        for body, habit in usual.items()
        if body not in {one.organisation for one in ruled}
    )
    if ruled:
        return Routed((*agreed, *others[:1]), choice=owned is None and len(near) > 1)
    return Routed(others, choice=len(others) > 1 and habits[0].confidence < _SURE)


def area_path(region: str | None, grid: str | None = None) -> Path:
    """From wide to exact: 330102001 is 330000, 330100, 330102, 330102001; then the grid."""
    path: list[str] = [] if grid is None else [grid]
    code = region
    while code:
        path.append(code)
        try:
            code = region_parent(code)
        except Invalid:
            code = None
    return tuple(reversed(path))


def class_path(category: str | None, parents: Mapping[str, str | None]) -> Path:
    path: list[str] = []
    code = category
    while code and code not in path:
        path.append(code)
        code = parents.get(code)
    return tuple(reversed(path))


def _by_component(owned: Owned) -> BodyProposal:
    reason = _reason("component", {"component": owned.component, "name": owned.name})
    return BodyProposal(organisation=owned.organisation, name=owned.name, reason=reason)


def _by_duty(one: InArea, names: Mapping[str, str], classes: Mapping[str, CaseClass]) -> BodyProposal:
    body = one.duty.organisation
    values: dict[str, str | float] = {"class": one.duty.category or "*", "area": one.duty.area or "*"}
    if one.metres > 0:
        reason = _reason("boundary", values | {"metres": round(one.metres, 1)}, classes)
    else:
        reason = _reason("duty", values, classes, said="duty" if one.duty.area else "duty_everywhere")
    return BodyProposal(organisation=body, name=names.get(body, body), reason=reason)


def _by_habit(habit: Habit, names: Mapping[str, str], classes: Mapping[str, CaseClass]) -> BodyProposal:
    category, area = habit.context
    values: dict[str, str | float] = {"class": category or "*", "area": area or "*"}
    reason = _reason("habit", values | {"cases": habit.cases, "of": habit.of}, classes)
    return BodyProposal(
        organisation=habit.body,
        name=names.get(habit.body, habit.body),
        reason=reason,
        confidence=habit.confidence,
    )


def _agreeing(body: BodyProposal, usual: Mapping[str, Habit]) -> BodyProposal:
    habit = usual.get(body.organisation or "")
    if habit is None:
        return body
    return BodyProposal(
        organisation=body.organisation, name=body.name, reason=body.reason, confidence=habit.confidence
    )


def _reason(
    kind: str,
    values: dict[str, str | float],
    classes: Mapping[str, CaseClass] = NO_CLASSES,
    *,
    said: str = "",
) -> Reason:
    """`values` are codes, for who reckons with them; the texts call a class by its name."""

    def told(language: str) -> str:
        category = classes.get(str(values.get("class")))
        named = values | {"class": category.title(language)} if category else values
        return text(f"act.understanding.{said or kind}", language, **named)

    return Reason(kind=kind, texts={language: told(language) for language in _LANGUAGES}, values=values)
