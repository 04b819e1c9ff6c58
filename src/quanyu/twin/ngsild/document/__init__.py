"""Entities as JSON: parsed from what is sent, merged with what is stored, shown as asked (ETSI GS CIM 009, 4.5)."""

from quanyu.twin.ngsild.document.languages import Languages, parse_languages
from quanyu.twin.ngsild.document.members import NULLS, is_null, null_of
from quanyu.twin.ngsild.document.merge import (
    append,
    delete_attribute,
    delete_scope,
    merge,
    merge_values,
    replace,
    replace_attribute,
    update,
    update_attribute,
)
from quanyu.twin.ngsild.document.model import Document, Fragment, Merged, State
from quanyu.twin.ngsild.document.parse import parse_attribute, parse_entity, parse_fragment, parse_values
from quanyu.twin.ngsild.document.representation import Form, Representation
from quanyu.twin.ngsild.document.scalars import is_scope, is_uri, moment_text, utc_moment
from quanyu.twin.ngsild.document.show import (
    collection,
    show,
    show_attribute,
    shower,
    simple_value,
)

__all__ = [
    "NULLS",
    "Document",
    "Form",
    "Fragment",
    "Languages",
    "Merged",
    "Representation",
    "State",
    "append",
    "collection",
    "delete_attribute",
    "delete_scope",
    "is_null",
    "is_scope",
    "is_uri",
    "merge",
    "merge_values",
    "moment_text",
    "null_of",
    "parse_attribute",
    "parse_entity",
    "parse_fragment",
    "parse_languages",
    "parse_values",
    "replace",
    "replace_attribute",
    "show",
    "show_attribute",
    "shower",
    "simple_value",
    "update",
    "update_attribute",
    "utc_moment",
]
