"""@context: which name stands for which IRI (ETSI GS CIM 009, 5.5.7 and 5.13)."""

from quanyu.twin.ngsild.context.contexts import Contexts, Library, NoLibrary, check_inline
from quanyu.twin.ngsild.context.core_terms import CORE_URL, CORE_URLS
from quanyu.twin.ngsild.context.errors import LdContextNotAvailable
from quanyu.twin.ngsild.context.model import CORE, Context, iri_of, stored_of

__all__ = [
    "CORE",
    "CORE_URL",
    "CORE_URLS",
    "Context",
    "Contexts",
    "LdContextNotAvailable",
    "Library",
    "NoLibrary",
    "check_inline",
    "iri_of",
    "stored_of",
]
