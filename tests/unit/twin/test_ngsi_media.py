"""Accept and Link headers (6.3.4, 6.3.5)."""

import pytest

from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_media import (
    ENTITY_MEDIA,
    GEO_JSON,
    JSON,
    LD_JSON,
    NotAcceptable,
    context_link,
    negotiated,
)

CONTEXT = 'rel="http://www.w3.org/ns/json-ld#context"'


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/ld+json", LD_JSON),
        ("application/json, application/ld+json", JSON),
        ("application/json;q=0.5, application/ld+json;q=0.9", LD_JSON),
        ("application/ld+json, */*;q=0.8", LD_JSON),
        ("application/ld+json;q=0, */*", JSON),
        ("APPLICATION/GEO+JSON", GEO_JSON),
        ("text/html, */*;q=0.1", JSON),
    ],
)
def test_the_best_liked_media_type_is_answered(accept: str, media: str) -> None:
    assert negotiated(accept, ENTITY_MEDIA) == media


@pytest.mark.parametrize(
    "accept", ["application/xml", "application/json;q=0", "application/json;q=x", "nonsense"]
)
def test_nothing_is_answered_in_a_type_that_is_not_taken(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiated(accept, (JSON, LD_JSON))


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("", ""),
        (f"<https://a.example>; {CONTEXT}; type=x", "https://a.example"),
        (f'<https://b.example>; rel="next", <https://a.example>;type="x,y";{CONTEXT}', "https://a.example"),
        ('<https://b.example>; rel="next"', ""),
        ("<https://a.example>; rel=http://www.w3.org/ns/json-ld#context", "https://a.example"),
    ],
)
def test_the_link_that_names_the_context_is_found(header: str, url: str) -> None:
    assert context_link(header) == url


def test_two_contexts_in_links_are_too_many() -> None:
    with pytest.raises(Invalid):
        context_link(f"<https://a.example>; {CONTEXT}, <https://b.example>; {CONTEXT}")
