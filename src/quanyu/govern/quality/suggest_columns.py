"""Rules suggested for single columns.

Definite errors are suggested as refusing, doubtful ones as flags: a rule that is wrong about good records costs more
than one that is missing.
"""

from collections.abc import Callable, Iterator

from quanyu.core.profile import NUMERIC_TYPES, ColumnProfile, ValueType
from quanyu.govern.quality.identifiers import lost_digits, rounded
from quanyu.govern.quality.quote import literal, name
from quanyu.govern.quality.rules import Parameter, Rule, RuleKind, Severity
from quanyu.govern.quality.scene import Scene, suggested

REFUSE, FLAG = Severity.REFUSE, Severity.FLAG
OPTIONAL_FROM = 0.5
"""A column that is empty more often than this is optional: no rule asks for it."""
STRAY_NEGATIVES = 0.001
LONG_TEXT = 30
WORDY = 0.6
"""Share of letters in what somebody wrote, as against lists of codes and times."""


def column_rules(scene: Scene) -> Iterator[Rule]:
    for profile in scene.profiles:
        for suggest_one in _ONE_COLUMN:
            yield from suggest_one(scene, profile)
    yield from _encoding(scene)


def _encoding(scene: Scene) -> Iterator[Rule]:
    """Only where bytes were lost: U+FFFD stands where nobody can tell any more what was written."""
    texts = [p.name for p in scene.profiles if p.type is ValueType.TEXT]
    if not texts or not scene.may_have_lost_characters:
        return
    lost = [f"count(*) FILTER (WHERE contains({name(column)}, chr(65533)))" for column in texts]
    found = scene.first(f"SELECT {', '.join(lost)} FROM typed")
    columns = tuple(column for column, count in zip(texts, found, strict=True) if count)
    if columns:
        titles = ("文字不应有无法解码的字符", "The text has no undecodable characters")
        yield suggested(RuleKind.ENCODING, columns, REFUSE, titles=titles)


_TYPES: dict[ValueType, tuple[str, str]] = {
    ValueType.INTEGER: ("整数", "a whole number"),
    ValueType.NUMBER: ("数值", "a number"),
    ValueType.BOOLEAN: ("是或否", "yes or no"),
    ValueType.DATE: ("日期", "a date"),
    ValueType.DATETIME: ("日期时间", "a date with time"),
    ValueType.TIME: ("时间", "a time of day"),
}


def _type(scene: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    if profile.type in (ValueType.TEXT, ValueType.GEOMETRY):
        return
    zh, en = _TYPES[profile.type]
    what = (f"{profile.label} 应为{zh}", f"{profile.label} is {en}")
    yield suggested(RuleKind.TYPE, (profile.name,), REFUSE, titles=what)


def _filled(_: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    if profile.rows and profile.nulls <= OPTIONAL_FROM * profile.rows:
        titles = (f"{profile.label} 不应为空", f"{profile.label} is filled in")
        yield suggested(RuleKind.NOT_NULL, (profile.name,), FLAG, titles=titles)


def _range(scene: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    """A count that is nearly never below zero should never be; -1 and 9999 far from the other values say that there is none."""
    if profile.type not in NUMERIC_TYPES or profile.semantic is not None or profile.minimum is None:
        return
    if _has_stray_negatives(scene, profile):
        severity = REFUSE if profile.type is ValueType.INTEGER else FLAG
        titles = (f"{profile.label} 不应为负", f"{profile.label} is not negative")
        yield suggested(RuleKind.RANGE, (profile.name,), severity, titles=titles, parameters={"minimum": 0})
    elif bounds := _bounds_without_stand_ins(scene, profile):
        titles = (f"{profile.label} 不应为占位数", f"{profile.label} is no stand-in for a missing value")
        yield suggested(RuleKind.RANGE, (profile.name,), FLAG, titles=titles, parameters=bounds)


def _has_stray_negatives(scene: Scene, profile: ColumnProfile) -> bool:
    if float(profile.minimum or 0) >= 0:
        return False
    allowed = max(STRAY_NEGATIVES * profile.filled, 3 if profile.filled >= 1000 else 0)
    return scene.count(f"{name(profile.name)} < 0") <= allowed


_LOW_STAND_INS = frozenset({-1, *(-int("9" * digits) for digits in range(1, 8))})
_HIGH_STAND_INS = frozenset(int("9" * digits) for digits in range(3, 10))


def _bounds_without_stand_ins(scene: Scene, profile: ColumnProfile) -> dict[str, Parameter]:
    """Bounds that only -1, 9999 and their like break, where these come again and everything else lies far from them."""
    low, high = float(profile.minimum or 0), float(profile.maximum or 0)
    column, bounds = name(profile.name), dict[str, Parameter]()
    if (
        low in _LOW_STAND_INS
        and scene.count(f"{column} = {low}") > 1
        and not scene.count(f"{column} < 0 AND {column} <> {low}")
    ):
        bounds["minimum"] = 0
    if (
        high in _HIGH_STAND_INS
        and scene.count(f"{column} = {high}") > 1
        and not scene.count(f"{column} > {high / 2} AND {column} < {high}")
    ):
        bounds["maximum"] = int(high) - 1
    return bounds


_IDENTIFIERS: dict[str, tuple[RuleKind, Severity, str, str]] = {
    "id_card": (RuleKind.ID_CARD, REFUSE, "身份证号应有效（GB 11643）", "is a valid citizen number (GB 11643)"),
    "credit_code": (RuleKind.CREDIT_CODE, REFUSE, "应为有效的统一社会信用代码（GB 32100）", "is a valid unified social credit code (GB 32100)"),
    "organisation_code": (RuleKind.ORGANISATION_CODE, REFUSE, "应为有效的组织机构代码（GB 11714）", "is a valid organisation code (GB 11714)"),
    "phone": (RuleKind.PHONE, FLAG, "应为电话号码", "is a telephone number"),
    "email": (RuleKind.EMAIL, FLAG, "应为电子邮箱地址", "is an e-mail address"),
}  # fmt: skip


def _identifier(scene: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    if profile.semantic in _IDENTIFIERS and profile.type is ValueType.TEXT:
        kind, severity, zh, en = _IDENTIFIERS[profile.semantic]
        titles = (f"{profile.label} {zh}", f"{profile.label} {en}")
        sources = _holders_of_codes(scene, profile) if kind is RuleKind.CREDIT_CODE else []
        parameters: dict[str, Parameter] = {"repair_from": sources[0]} if sources else {}
        yield suggested(kind, (profile.name,), severity, titles=titles, parameters=parameters)


_CREDIT_FORM = "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"


def _holders_of_codes(scene: Scene, profile: ColumnProfile) -> list[str]:
    """Other columns in whose text a credit code can be found in many records."""
    texts = [
        p
        for p in scene.profiles
        if p.type is ValueType.TEXT and p.name != profile.name and p.lengths[1] >= 18
    ]
    holds = [
        f"count(*) FILTER (WHERE regexp_matches({name(p.name)}, {literal(_CREDIT_FORM)}))" for p in texts
    ]
    if not holds:
        return []
    found = scene.first(f"SELECT {', '.join(holds)} FROM typed")
    return [p.name for p, count in zip(texts, found, strict=True) if count >= 0.25 * scene.rows]


_CHECKED_WHOLE = ("id_card", "credit_code", "organisation_code")


def _rounded_number(scene: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    """A spreadsheet shows six digits of a long number and keeps fifteen: the rest is lost, and the number is none."""
    if profile.type is not ValueType.TEXT or profile.semantic in _CHECKED_WHOLE:
        return
    if not any(text[:1].isdigit() for text in profile.examples):
        return
    text = name(profile.name)
    lost, zeros, long = scene.first(
        f"SELECT count(*) FILTER (WHERE {lost_digits(text)}), count(*) FILTER (WHERE {rounded(text)}),"
        f" count(*) FILTER (WHERE CASE WHEN strlen({text}) >= 18 THEN regexp_full_match({text}, '[0-9]+') END) FROM typed"
    )
    parameters: dict[str, Parameter] = {"zeros": True} if 2 * zeros > long else {}
    if lost or parameters:
        titles = (
            f"{profile.label} 的数字不应被电子表格舍入",
            f"{profile.label} has all its digits: no spreadsheet rounded it",
        )
        severity = FLAG if profile.semantic == "phone" else REFUSE
        yield suggested(
            RuleKind.ROUNDED_NUMBER, (profile.name,), severity, titles=titles, parameters=parameters
        )


def _region_code(scene: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    if profile.semantic != "region_code" or "regions" not in scene.around.tables:
        return
    regions = f"read_parquet({literal(scene.around.tables['regions'])})"
    known = scene.count(f"left({name(profile.name)}, 6) IN (SELECT code::VARCHAR FROM {regions})")
    if known >= 0.5 * profile.filled:
        titles = (
            f"{profile.label} 应为当时有效的区划代码",
            f"{profile.label} is a region code valid at the time",
        )
        yield suggested(RuleKind.REGION_CODE, (profile.name,), REFUSE, titles=titles)
        titles = (f"{profile.label} 应在行政区划代码表内", f"{profile.label} is in the list of region codes")
        table: dict[str, Parameter] = {"table": "regions", "column": "code", "prefix": 6}
        yield suggested(RuleKind.CODE_LIST, (profile.name,), FLAG, titles=titles, parameters=table)


def _code_shape(scene: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    """Codes nearly all of one shape (8 figures; A and 5 figures): the others are probably slips."""
    if profile.type is not ValueType.TEXT or profile.semantic is not None or profile.filled < 100:
        return
    if profile.lengths[1] > 40 or not any(c.isdigit() for c in "".join(profile.examples)):
        return
    shape = f"regexp_replace(regexp_replace({name(profile.name)}, '[0-9]', '9', 'g'), '[A-Z]', 'A', 'g')"
    common = scene.connection.execute(
        f"SELECT {shape}, count(*), sum(count(*)) OVER () FROM sample WHERE {name(profile.name)} IS NOT NULL"
        " GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    ).fetchone()
    if common is None or common[1] < SHAPED * common[2] or not set(common[0]) <= set("9A-_./"):
        return
    pattern = "".join(_CLASSES.get(character, f"[{character}]") for character in common[0])
    odd = scene.count(f"NOT regexp_full_match({name(profile.name)}, {literal(pattern)})")
    if 0 < odd <= (1 - SHAPED) * profile.filled:
        titles = (f"{profile.label} 应与其余编码同形", f"{profile.label} has the form of the other codes")
        parameters: dict[str, Parameter] = {"pattern": pattern}
        yield suggested(RuleKind.PATTERN, (profile.name,), FLAG, titles=titles, parameters=parameters)


SHAPED = 0.99
_CLASSES = {"9": "[0-9]", "A": "[A-Z]"}


def _geometry(_: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    """What says where, as GeoJSON or WKT, can be read."""
    if profile.type is ValueType.TEXT and profile.semantic in ("wkt", "geojson"):
        titles = (
            f"{profile.label} 应为有效的几何（WKT 或 GeoJSON）",
            f"{profile.label} is a geometry (WKT or GeoJSON)",
        )
        yield suggested(RuleKind.GEOMETRY, (profile.name,), REFUSE, titles=titles)


def _repeated_text(scene: Scene, profile: ColumnProfile) -> Iterator[Rule]:
    """Long texts are somebody's own words: the same words twice are one thing said twice."""
    if profile.type is not ValueType.TEXT or profile.semantic in ("url", "address", "wkt", "geojson"):
        return
    if profile.lengths[1] < 2 * LONG_TEXT or profile.distinct < 0.9 * profile.filled or profile.filled < 100:
        return
    text = name(profile.name)
    letters = f"length(regexp_replace({text}, '[^\\p{{L}}]', '', 'g')) / length({text})"
    typical, wordy, different = scene.first(
        f"SELECT median(length({text})), median({letters}), count(DISTINCT {text}) FROM typed"
    )
    if typical >= LONG_TEXT and wordy >= WORDY and different < profile.filled:
        titles = (f"{profile.label} 与其他记录重复", f"{profile.label} repeats no other record")
        yield suggested(RuleKind.REPEATED_TEXT, (profile.name,), FLAG, titles=titles)


_ONE_COLUMN: tuple[Callable[[Scene, ColumnProfile], Iterator[Rule]], ...] = (
    _type,
    _filled,
    _range,
    _identifier,
    _rounded_number,
    _geometry,
    _region_code,
    _code_shape,
    _repeated_text,
)
