"""The door for scenario packs: the `Pack` value and all that its author needs; see docs/packs.md."""

from quanyu.govern.quality.rules import Dimension, RuleKind, Severity
from quanyu.govern.quality.rules import Rule as QualityRule
from quanyu.identity.http.asking import After, Asker, DataFolder, Id, Limit, TheClock, TheDatabase
from quanyu.packs.model import (
    API,
    Algorithm,
    DatasetRule,
    DemoData,
    Pack,
    Parameter,
    View,
    ViewKind,
)
from quanyu.store import Connection, Database

__all__ = [
    "API",
    "After",
    "Algorithm",
    "Asker",
    "Connection",
    "DataFolder",
    "Database",
    "DatasetRule",
    "DemoData",
    "Dimension",
    "Id",
    "Limit",
    "Pack",
    "Parameter",
    "QualityRule",
    "RuleKind",
    "Severity",
    "TheClock",
    "TheDatabase",
    "View",
    "ViewKind",
]
