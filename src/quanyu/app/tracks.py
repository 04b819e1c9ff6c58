"""What the records of vehicle terminals are, said beforehand: a first delivery may hold one car, once, or a broken frame."""

from datetime import datetime

from quanyu.core.profile import ValueType
from quanyu.govern.engine.model import AttributeSource, EntityMapping
from quanyu.govern.imports.model import Options
from quanyu.govern.quality.rules import Dimension, Rule, RuleKind, rule_name
from quanyu.govern.scores.rules import keep_suggested
from quanyu.store import Connection

KIND = "jt808"

_ATTRIBUTES = {
    "vehicleCode": ("terminal", None),
    "vehiclePlateIdentifier": ("plate", None),
    "observedAt": ("time", None),
    "speed": ("speed", "KMH"),
    "heading": ("direction", "DD"),
    "altitude": ("altitude", "MTR"),
    "mileage": ("mileage", "KMT"),
    "fuelFilled": ("fuel", "LTR"),
    "signalStrength": ("signal", None),
    "satellites": ("satellites", None),
    "located": ("located", None),
    "ignition": ("ignition", None),
    "alarm": ("alarm", None),
    "media": ("media", None),
}
"""Attribute of the model Vehicle and its own ones: column, unit (UN/CEFACT)."""

_NUMBERS = ("longitude", "latitude", "speed", "mileage", "fuel")
_WHOLE = ("direction", "altitude", "signal", "satellites")
_YES_OR_NO = ("located", "ignition")
_TEXTS = ("terminal", "plate", "alarm", "media", "message", "fault", "frame")

OPTIONS = Options(
    key=("terminal", "time"),
    types={
        "time": ValueType.DATETIME,
        **dict.fromkeys(_NUMBERS, ValueType.NUMBER),
        **dict.fromkeys(_WHOLE, ValueType.INTEGER),
        **dict.fromkeys(_YES_OR_NO, ValueType.BOOLEAN),
        **dict.fromkeys(_TEXTS, ValueType.TEXT),
    },
    mapping=EntityMapping(
        type="Vehicle",
        key=("terminal",),
        time="time",
        longitude="longitude",
        latitude="latitude",
        attributes=tuple(
            AttributeSource(attribute=attribute, column=column, unit=unit)
            for attribute, (column, unit) in _ATTRIBUTES.items()
        ),
    ),
)


async def require_terminals(connection: Connection, tenant: str, dataset: str, *, at: datetime) -> None:
    """A frame that could not be read has no terminal: it goes to quarantine, with its fault."""
    rules = (_needed("terminal"), _needed("time"))
    await keep_suggested(connection, tenant, dataset, rules, at=at)


def _needed(column: str) -> Rule:
    return Rule(
        name=rule_name(RuleKind.NOT_NULL, (column,)),
        kind=RuleKind.NOT_NULL,
        columns=(column,),
        dimension=Dimension.COMPLETENESS,
    )
