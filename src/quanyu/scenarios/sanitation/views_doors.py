"""What the portal shows of the firms' doors: how well what they deliver fits, what was wrong, and each delivery."""

from typing import Any

from quanyu.packs import page, words

_PREFIX = "/api/v1/packs/sanitation"
_RECORD = {"kind": "record"}
_NO_DELIVERY = words("31 天内没有企业报送。", "No firm has delivered within 31 days.")


def _of_door(block: str) -> dict[str, Any]:
    """Those of a row's firm and kind of records."""
    return {"block": block, "with": {"firm": "firm", "kind": "kind"}}


_FIT = {
    "kind": "table", "route": f"{_PREFIX}/conformance", "heads": _RECORD,
    "notes": words(
        "31 天内各企业按六类记录的报送：百条中 98 条正确且平均在一刻钟内送达为符合。错误的记录被拒收，同批正确的照收。",
        "What came within 31 days, by firm and kind of records: it fits where 98 of 100 are good and come within a quarter of an hour. Wrong records are refused, the good ones beside them are taken.",
    ),
    "columns": ["firm", "kind", "fits", "deliveries", "accepted", "refused", "lag", "last"],
    "units": {"lag": "s"},
    "lights": {"fits": {"true": "good", "false": "bad"}},
    "opens": {"deliveries": _of_door("deliveries"), "accepted": _of_door("deliveries"), "refused": _of_door("faults"), "lag": _of_door("deliveries")},
    "none": _NO_DELIVERY,
}  # fmt: skip
_FAULTS = {
    "kind": "table", "name": "faults", "only": ["firm", "kind"], "route": f"{_PREFIX}/conformance", "items": "faults", "heads": _RECORD,
    "titles": words("被拒收的原因", "Why records were refused"),
    "notes": words("字段名与接口文档一致；一条记录可有多处错误。", "Fields as the interface names them; one record can have several faults."),
    "columns": ["firm", "kind", "field", "reason", "records"],
    "none": words("31 天内没有被拒收的记录。", "No record was refused within 31 days."),
}  # fmt: skip
_EACH = {
    "kind": "table", "name": "deliveries", "only": ["firm", "kind"], "route": f"{_PREFIX}/deliveries", "heads": _RECORD,
    "titles": words("逐次报送", "Each delivery"),
    "notes": words("符合性由这些报送得出，最近 1000 次在前。", "What the report comes from, the newest 1,000."),
    "columns": ["received", "firm", "kind", "accepted", "refused", "lag"],
    "units": {"lag": "s"}, "none": _NO_DELIVERY,
}  # fmt: skip

DOORS = page(
    "doors", "接入符合性", "Conformance of deliveries", _FIT, _FAULTS, _EACH, own=True, bodies=["firm"]
)
