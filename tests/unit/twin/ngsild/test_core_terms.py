"""Our table of core terms beside the published contexts; skipped where those are not at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from quanyu.twin.ngsild.context.core_terms import DEFAULT_VOCABULARY, PREFIXES, TERMS, terms_of
from quanyu.twin.ngsild.context.terms import terms_in

PUBLISHED = Path(os.environ.get("QUANYU_NGSILD", Path(__file__).parents[5] / "shared" / "ngsild"))

# Published without a prefix in these versions, by mistake.
_SLIPS = {"attributeCount", "attributeDetails"}


def published(version: str) -> dict[str, Any]:
    file = PUBLISHED / f"ngsi-ld-core-context-v{version}.jsonld"
    if not file.is_file():
        pytest.skip(f"the published core context is absent: {file} (set QUANYU_NGSILD)")
    context: dict[str, Any] = json.loads(file.read_text())["@context"]
    return context


@pytest.mark.parametrize("version", ["1.3", "1.5", "1.7", "1.8", "1.9"])
def test_every_published_term_has_our_iri(version: str) -> None:
    context = published(version)
    assert context["@vocab"] == DEFAULT_VOCABULARY
    theirs = {term: iri for term, iri in terms_in([context]).iris.items() if term not in PREFIXES}
    ours = terms_of(version)
    assert {term: iri for term, iri in theirs.items() if term not in _SLIPS} == {
        term: iri for term, iri in ours.items() if term not in _SLIPS
    }


def test_what_a_version_dropped_stays_known() -> None:
    assert "VocabularyProperty" in TERMS
    assert "VocabularyProperty" not in terms_of("1.8")
