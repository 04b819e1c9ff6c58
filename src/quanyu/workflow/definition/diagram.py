"""A definition as a picture that can be read: states from top to bottom as they are written down, beside each what leads
out of it, and lines at the left like a plan of railway tracks; ways back are dashed."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from quanyu.identity import ROLES
from quanyu.workflow.definition.model import Definition, State
from quanyu.workflow.definition.parse import edges

_WIDTH, _LINE, _GAP, _MARGIN, _TRACK = 168, 18, 22, 24, 12
_LEAST_HEIGHT, _TEXT = 46, 420
_STYLE = (
    'text{font:13px system-ui,"Noto Sans CJK SC",sans-serif;fill:#1f2933}'
    ".role{font-size:11px;fill:#616e7c}.way{font-size:12px;fill:#52606d}"
    "rect{fill:none;stroke:#9aa5b1}.final rect{fill:#e3f1e7;stroke:#4c8b63}.start rect{fill:#e6f0fa;stroke:#3e7cb1}"
    "path{fill:none;stroke:#7b8794}.back{stroke-dasharray:4 3;stroke:#b0862f}"
)
_ARROW = (
    '<marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" style="fill:#7b8794;stroke:none"/></marker>'
)


_POSTS = {role.name: {"zh-CN": role.zh, "en": role.en} for role in ROLES}


@dataclass(frozen=True, slots=True)
class _Row:
    state: State
    top: int
    height: int
    ways: tuple[str, ...]

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class _Rail:
    """A way between two rows, on a track of its own where others run beside it."""

    origin: _Row
    target: _Row
    track: int

    @property
    def back(self) -> bool:
        return self.target.top < self.origin.top


def diagram(definition: Definition, language: str) -> str:
    """SVG, self-contained."""
    rows = {row.state.name: row for row in _rows(definition, language)}
    rails = _rails(definition, rows)
    left = _MARGIN + _TRACK * (2 + max((rail.track for rail in rails), default=0))
    last = list(rows.values())[-1]
    size = f"{left + _WIDTH + _TEXT} {last.top + last.height + _MARGIN}"
    body = [_rail(rail, left) for rail in rails]
    body += [_box(row, left, language, start=row.state.name == definition.start) for row in rows.values()]
    title = escape(definition.title.get(language, definition.name))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img"><title>{title}</title>'
        f"<style>{_STYLE}</style><defs>{_ARROW}</defs>{''.join(body)}</svg>"
    )


def _rows(definition: Definition, language: str) -> Iterator[_Row]:
    titles = {one.name: one.title.get(language, one.name) for one in definition.states}
    top = _MARGIN
    for state in definition.states:
        ways = tuple(
            f"{step.title.get(language, step.name)} → {titles[target]}"
            for origin, target, step in edges(definition) if origin == state.name
        )  # fmt: skip
        height = max(_LEAST_HEIGHT, _LINE * len(ways) + 8)
        yield _Row(state, top, height, ways)
        top += height + _GAP


def _rails(definition: Definition, rows: dict[str, _Row]) -> list[_Rail]:
    """The shortest ways take the inner tracks; no two on one track overlap."""
    pairs = sorted(
        {(origin, target) for origin, target, _ in edges(definition) if origin != target},
        key=lambda pair: (abs(rows[pair[0]].top - rows[pair[1]].top), pair),
    )
    taken: list[list[tuple[int, int]]] = []
    rails = []
    for origin, target in pairs:
        low, high = sorted((rows[origin].top, rows[target].top))
        track = next(
            (index for index, spans in enumerate(taken) if all(high <= a or low >= b for a, b in spans)),
            len(taken),
        )
        if track == len(taken):
            taken.append([])
        taken[track].append((low, high))
        rails.append(_Rail(rows[origin], rows[target], track))
    return rails


def _rail(rail: _Rail, left: int) -> str:
    x = left - _TRACK * (rail.track + 2)
    start, end = rail.origin.middle + 4, rail.target.middle - 4
    css = "back" if rail.back else "ahead"
    return f'<path class="{css}" d="M{left} {start}H{x}V{end}H{left - 1}" marker-end="url(#arrow)"/>'


def _box(row: _Row, left: int, language: str, *, start: bool) -> str:
    kind = "final" if row.state.final else "start" if start else "state"
    post = row.state.role or ""
    title = escape(row.state.title.get(language, row.state.name))
    role = escape(_POSTS.get(post, {}).get(language, post))
    x = left + _WIDTH / 2
    lines = "".join(
        f'<text class="way" x="{left + _WIDTH + 14}" y="{row.top + 18 + index * _LINE}">{escape(way)}</text>'
        for index, way in enumerate(row.ways)
    )
    return (
        f'<g class="{kind}"><rect x="{left}" y="{row.top}" width="{_WIDTH}" height="{row.height}" rx="8"/>'
        f'<text x="{x}" y="{row.middle - 2}" text-anchor="middle">{title}</text>'
        f'<text class="role" x="{x}" y="{row.middle + 15}" text-anchor="middle">{role}</text>{lines}</g>'
    )
