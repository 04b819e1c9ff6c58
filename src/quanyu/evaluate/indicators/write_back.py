"""Values return to the twin as KeyPerformanceIndicator entities (Smart Data Models), so that rules and maps see them."""

from datetime import UTC, datetime
from urllib.parse import quote

from quanyu.core.messages import DEFAULT_LANGUAGE
from quanyu.evaluate.indicators.model import Definition, Status, Value
from quanyu.evaluate.indicators.sources import CITY
from quanyu.twin import EntityWrite, Op

TYPE = "KeyPerformanceIndicator"
BY = "system:indicators"

_STANDING = {Status.GREEN: "good", Status.YELLOW: "fair", Status.RED: "bad"}
_FREQUENCY = {"day": "daily", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


def entity_id(code: str, dimension: str, key: str) -> str:
    whole = f"urn:ngsi-ld:{TYPE}:{code}"
    return whole if dimension == CITY else f"{whole}:{dimension}:{quote(key, safe='')}"


def write_of(value: Value, said: Definition) -> EntityWrite:
    """What there is no data for is taken out of the twin."""
    id = entity_id(value.code, value.dimension, value.key)
    if value.value is None:
        return EntityWrite(id=id, op=Op.DELETE, actor=BY)
    at = _moment(value.computed)
    period = {"from": value.period.start.isoformat(), "to": value.period.last_day.isoformat()}
    plain = {
        "name": said.titles[DEFAULT_LANGUAGE], "alternateName": said.titles.get("en", said.code), "category": said.domain,
        "calculationFrequency": _FREQUENCY[said.period], "calculationPeriod": period, "calculationFormula": said.formula,
        "indicatorCode": said.code, "dimension": value.dimension, "dimensionKey": value.key, "formulaVersion": value.version,
    }  # fmt: skip
    standing = _STANDING.get(said.status(value.value))
    document = {
        name: {"type": "Property", "value": content} for name, content in plain.items() if content != ""
    }
    document["kpiValue"] = {"type": "Property", "value": value.value, "observedAt": at, "unitCode": said.unit}
    if standing:
        document["currentStanding"] = {"type": "Property", "value": standing, "observedAt": at}
    return EntityWrite(id=id, op=Op.MERGE, types=(TYPE,), document=document, actor=BY)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
