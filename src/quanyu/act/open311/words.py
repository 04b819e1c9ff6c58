"""The words of GeoReport v2: cases and classes as services and requests, forms as reports. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import msgspec

from quanyu.act.cases.model import Case, CaseClass, Channel, Place, Report
from quanyu.act.open311.form import BETWEEN
from quanyu.core.errors import Fault, Invalid

Row = Mapping[str, Any]

_ATTRIBUTE = "attribute["
_UNPRINTABLE = {code: None for code in range(32) if code not in (9, 10, 13)}


def service_row(one: CaseClass, group: str, language: str) -> Row:
    title = one.title(language)
    return {
        "service_code": one.code, "service_name": title, "description": title, "metadata": bool(one.fields),
        "type": "realtime", "keywords": ", ".join(one.words), "group": group,
    }  # fmt: skip


def definition_row(one: CaseClass) -> Row:
    """The attributes that a service asks for."""
    attributes = [
        {
            "variable": True, "code": field["code"], "datatype": field.get("datatype", "string"),
            "required": bool(field.get("required")), "datatype_description": field.get("hint", ""), "order": order,
            "description": field.get("title", field["code"]),
            "values": [{"key": key, "name": name} for key, name in dict(field.get("values", {})).items()],
        }
        for order, field in enumerate(one.fields, 1)
    ]  # fmt: skip
    return {"service_code": one.code, "attributes": attributes}


def request_row(case: Case, fate: Case, *, service: str, bodies: Mapping[str, str], updated: datetime) -> Row:
    """`fate`: the case itself, or the one that it was merged into. `bodies` by id; a joint plan lies with several."""
    return {
        "service_request_id": case.id,
        "status": "closed" if fate.closed else "open",
        "status_notes": fate.state,
        "service_name": service,
        "service_code": case.category or "",
        "description": case.description or case.title,
        "agency_responsible": ", ".join(bodies.get(one, one) for one in lies_with(fate)),
        "service_notice": "",
        "requested_datetime": moment(case.reported),
        "updated_datetime": moment(updated),
        "expected_datetime": moment(fate.due) if fate.due else "",
        "address": case.address or "",
        "lat": case.place.lat if case.place else "",
        "long": case.place.lon if case.place else "",
        "media_url": str(case.fields.get("media_url", "")).partition(BETWEEN)[0],
    }


def lies_with(case: Case) -> list[str]:
    return list(dict.fromkeys(one for one in (case.organisation, *case.bodies) if one))


def update_row(one: Mapping[str, Any], title: str) -> Row:
    """`title` of the state that the case has come to."""
    return {
        "update_id": one["update_id"], "service_request_id": one["service_request_id"],
        "status": "CLOSED" if one["closed"] else "OPEN", "external_status_code": one["state"], "description": title,
        "updated_datetime": moment(one["at"]), "media_url": "",
    }  # fmt: skip


def moment(at: datetime) -> str:
    """Without parts of a second: FixMyStreet compares times as texts, in which 10:00:00.5Z is before 10:00:00Z."""
    return at.isoformat(timespec="seconds")


def parse_request(
    form: Mapping[str, str], service: CaseClass | None, day: str, photos: Sequence[str] = ()
) -> Report:
    """From the fields of a form. Raises Invalid with every fault. The same form on one day is one report."""
    faults: list[Fault] = []
    code = form.get("service_code", "")
    if service is None:
        faults.append(Fault("act.open311.service", "service_code", {"code": code[:40]}))
    place = _place(form, faults)
    if place is None and not (form.get("address_string") or form.get("address_id")):
        faults.append(Fault("act.open311.place", "lat"))
    attributes = {
        name.removeprefix(_ATTRIBUTE).rstrip("[]"): value
        for name, value in form.items()
        if name.startswith(_ATTRIBUTE)
    }
    for field in service.fields if service else ():
        if field.get("required") and not attributes.get(field["code"]):
            faults.append(Fault("act.open311.attribute", field["code"], {"code": field["code"]}))
    if faults:
        raise Invalid("act.open311.invalid", faults=tuple(faults), count=len(faults))
    media = {"media_url": form["media_url"]} if form.get("media_url") else {}
    said = {
        "channel": Channel.OPEN311.value, "description": form.get("description", ""), "class": code,
        "title": form.get("description", "")[:60] or (service.title("zh-CN") if service else ""),
        "address": form.get("address_string") or form.get("address_id"), "fields": {**attributes, **media},
        "place": msgspec.to_builtins(place) if place else None, "key": _fingerprint(form, day, photos), "photos": photos,
        "reporter": _reporter(form),
    }  # fmt: skip
    return _converted(said)


def parse_again(form: Mapping[str, str], solved: Case, key: str, photos: Sequence[str]) -> Report:
    """An update that says that a case is not solved after all. Raises Invalid."""
    return _converted({
        "channel": Channel.OPEN311.value, "description": form.get("description", "") or solved.description, "title": solved.title,
        "class": solved.category, "address": solved.address, "region": solved.region, "grid": solved.grid,
        "component": solved.component, "place": msgspec.to_builtins(solved.place), "reopens": solved.id, "key": key,
        "photos": photos, "reporter": _reporter(form),
    })  # fmt: skip


def _converted(said: Mapping[str, Any]) -> Report:
    try:
        return msgspec.convert(said, Report)
    except msgspec.ValidationError as error:
        raise Invalid("act.open311.long", reason=str(error)) from None


def _reporter(form: Mapping[str, str]) -> Mapping[str, str]:
    return {
        "name": " ".join(filter(None, (form.get("first_name"), form.get("last_name")))),
        "phone": form.get("phone", ""), "email": form.get("email", ""),
        "account": form.get("account_id", "") or form.get("device_id", ""),
    }  # fmt: skip


def json_of(rows: Sequence[Row] | Row) -> bytes:
    return msgspec.json.encode(rows)


def xml_of(root: str, item: str, rows: Iterable[Row] | Row) -> bytes:
    """`<services><service>…`, or of one row its fields; a list within a row is written as `<values><value>…`."""
    top = ElementTree.Element(root)
    if isinstance(rows, Mapping):
        _fill(top, rows)
    else:
        for row in rows:
            _fill(ElementTree.SubElement(top, item), row)
    return bytes(ElementTree.tostring(top, encoding="utf-8", xml_declaration=True))


def _fill(element: ElementTree.Element, row: Row) -> None:
    for name, value in row.items():
        child = ElementTree.SubElement(element, name)
        if isinstance(value, list):
            for one in value:
                _fill(ElementTree.SubElement(child, name.removesuffix("s")), one)
        else:
            child.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).translate(_UNPRINTABLE)


def _place(form: Mapping[str, str], faults: list[Fault]) -> Place | None:
    lat, long = form.get("lat", ""), form.get("long", "")
    if not lat and not long:
        return None
    try:
        return msgspec.convert({"lon": float(long), "lat": float(lat)}, Place)
    except (ValueError, msgspec.ValidationError):
        faults.append(Fault("act.open311.point", "lat", {"lat": lat[:20], "long": long[:20]}))
        return None


def _fingerprint(form: Mapping[str, str], day: str, photos: Sequence[str]) -> str:
    said = sorted((name, value) for name, value in form.items() if name != "api_key")
    return hashlib.sha256(msgspec.json.encode((day, said, *photos))).hexdigest()
