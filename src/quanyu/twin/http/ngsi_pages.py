"""Pages of short lists by offset (ETSI GS CIM 009, 5.5.9, 6.3.10, 6.3.13)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.http.ngsi_parameters import truth_of

MAX_LIMIT = 1000
_DEFAULT_LIMIT = 20


@dataclass(frozen=True, slots=True)
class ListPage:
    """`limit` 0 asks only how many there are."""

    limit: int
    start: int
    counted: bool

    @property
    def end(self) -> int:
        return self.start + self.limit


def page_of(exchange: Exchange) -> ListPage:
    counted = truth_of(exchange.take("count"), "count") or "count" in exchange.take_list("options")
    limit = _number(exchange.take("limit"), "limit", _DEFAULT_LIMIT, MAX_LIMIT)
    if limit == 0 and not counted:
        raise Invalid("twin.ngsi.number", name="limit", least=1, most=MAX_LIMIT)
    return ListPage(limit, _number(exchange.take("offset"), "offset", 0, 10**9), counted)


def page_headers(exchange: Exchange, page: ListPage, total: int, path: str) -> tuple[tuple[str, str], ...]:
    """Where the list goes on, in both directions."""
    headers = [("ngsild-results-count", str(total))] if page.counted else []
    if page.limit and page.start > 0:
        headers.append(_link(exchange, path, max(0, page.start - page.limit), "prev"))
    if page.limit and page.end < total:
        headers.append(_link(exchange, path, page.end, "next"))
    return tuple(headers)


def _link(exchange: Exchange, path: str, offset: int, relation: str) -> tuple[str, str]:
    parameters = {**exchange.parameters, "offset": str(offset)}
    return (
        "link",
        f'<{exchange.root}/{path}?{urlencode(parameters)}>;rel="{relation}";type="application/ld+json"',
    )


def _number(text: str, name: str, default: int, most: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= most):
        raise Invalid("twin.ngsi.number", name=name, least=0, most=most)
    return int(text)
