"""What the portal shows of a firm's month: score and pay, its book beside the city's, and every deduction with its track."""

from quanyu.packs import page, words
from quanyu.scenarios.sanitation.model import FindingKind
from quanyu.scenarios.sanitation.views_findings import EXTENT, its_track

_PREFIX = "/api/v1/packs/sanitation"
_ROUTE = f"{_PREFIX}/settlements/{{firm}}/{{day}}"
_POINTS = words("分", "point | points")
_UNKNOWN = words("尚未设定合同条款。", "No contract is set.")

_SHEET = {
    "kind": "figures", "route": _ROUTE, "values": ["score", "pay", "told", "gap", "base", "received"],
    "titles": words("所选日期当月的结算", "The month of the day chosen"),
    "notes": words(
        "得分＝100 减去计入的扣分，扣分不超过合同上限；应付＝月度合同额 × 得分 ÷ 100。裁定撤销的不计，未裁定的申诉照计。差额＝企业账面应付减政府账面应付。",
        "Score: 100 less what counts, at most the contract's limit; pay: the month's base × score ÷ 100. What was taken back does not count, what is disputed and not ruled upon does. Gap: the firm's pay less the city's.",
    ),
    "units": {"score": _POINTS, "pay": "¥", "told": "¥", "gap": "¥", "base": "¥"},
    "at": "at", "source": words("政府账：作业问题；企业账：企业报送", "the city's book: findings; the firm's: as it told"),
    "opens": {"score": "deductions", "pay": "books", "told": "books", "gap": "differences", "base": "terms", "received": "books"},
}  # fmt: skip
_BOOKS = {
    "kind": "table", "name": "books", "route": _ROUTE, "items": "results", "columns": ["entry", "firm_book", "city", "gap", "equal"], "lights": {"equal": {"true": "good", "false": "bad"}},
    "titles": words("两本账", "Both books"),
    "units": {key: {"by": "entry", "units": {"points": _POINTS, "score": _POINTS, "pay": "¥"}} for key in ("firm_book", "city", "gap")},
    "opens": {"gap": "differences", "city": "deductions"}, "none": _UNKNOWN,
}  # fmt: skip
_KINDS = {
    "kind": "table", "name": "kinds", "route": _ROUTE, "items": "kinds",
    "titles": words("按问题种类", "By kind of finding"),
    "columns": ["kind", "each", "firm_findings", "firm_points", "city_findings", "city_points"],
    "units": dict.fromkeys(("each", "firm_points", "city_points"), _POINTS) | dict.fromkeys(("firm_findings", "city_findings"), words("条", "finding | findings")),
    "opens": {name: {"block": "deductions", "with": {"kind": "kind"}} for name in ("city_findings", "city_points")}, "none": _UNKNOWN,
}  # fmt: skip
_DIFFERENCES = {
    "kind": "table", "name": "differences", "route": _ROUTE, "items": "differences",
    "titles": words("差异", "Where the books differ"),
    "notes": words(
        "点程度看轨迹；企业账上有而政府账上没有的编号没有轨迹。", "The extent opens the track; a number that only the firm has, has none."
    ),
    "columns": ["why", "kind", "firm_kind", "points", "day", "value", "vehicle", "section", "number"],
    "heads": {"points": "points_between"},
    "units": {"value": EXTENT, "points": _POINTS}, "opens": {"value": its_track("number")},
    "none": words("两本账没有差异，或企业尚未报送账本。", "The books agree, or the firm has told none."),
}  # fmt: skip
_DEDUCTIONS = {
    "kind": "table", "name": "deductions", "only": ["kind"], "route": _ROUTE, "items": "deductions",
    "titles": words("逐条扣分", "Each deduction"),
    "notes": words("点程度看轨迹，点日期看当日的问题。", "The extent opens the track, the day what was found on it."),
    "columns": ["day", "kind", "value", "points", "vehicle", "section", "begin", "in_book", "dispute", "upheld"],
    "units": {"value": EXTENT, "points": _POINTS},
    "opens": {"value": its_track(), "day": {"view": "day", "block": "findings", "with": {"day": "day", "section": "section"}}},
    "none": words("这个月没有扣分。", "Nothing was deducted in this month."),
}  # fmt: skip
_IN_FORCE = {
    "kind": "table", "name": "terms", "route": f"{_PREFIX}/contracts", "columns": ["firm", "base", "most", "set_at"],
    "titles": words("现行合同条款", "Terms in force"), "units": {"base": "¥", "most": _POINTS}, "none": _UNKNOWN,
}  # fmt: skip
_TERMS = {
    "kind": "form", "route": f"{_PREFIX}/contracts", "action": "score.manage", "titles": words("合同条款", "Terms of a contract"),
    "notes": words("同一企业的新条款取代旧条款，各月按新条款重算。", "New terms of a firm stand instead of the old, for every month."),
    "fields": [
        {"name": "firm", "kind": "body", "required": True},
        {"name": "base", "kind": "number", "required": True, "units": words("元", "yuan")},
        {"name": "most", "kind": "number", "usual": 40, "required": True, "units": _POINTS},
        *({"name": kind.value, "kind": "number", "usual": 0, "required": True, "units": _POINTS} for kind in FindingKind),
    ],
    "submit": words("保存条款", "Keep the terms"), "done": words("合同条款已保存", "The terms are kept"),
}  # fmt: skip

SETTLEMENT = page(
    "settlement", "合同结算", "Score, pay and books", _SHEET, _BOOKS, _KINDS, _DIFFERENCES, _DEDUCTIONS, _IN_FORCE, _TERMS,
    action="entity.read", own=True, choose=[{"name": "firm", "route": f"{_PREFIX}/contracts", "value": "firm"}], bodies=["firm"],
)  # fmt: skip
