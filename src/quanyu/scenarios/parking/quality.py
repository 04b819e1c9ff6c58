"""What a record of swap stations must satisfy, told by their model: counts within their bounds, codes of the list, an inventory that adds up.

A file names its columns as the model names its attributes, or by their Chinese titles; rules about columns that a file has not rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quanyu.packs import DatasetRule, Dimension, QualityRule, RuleKind

DATASET = "swap-stations"
_INVENTORY = ("fullBatteries", "chargingBatteries", "faultyBatteries", "slots")


def rules_of(model: Mapping[str, Any], lists: Iterable[Mapping[str, Any]]) -> tuple[DatasetRule, ...]:
    codes = {one["name"]: [entry["code"] for entry in one["entries"]] for one in lists}
    attributes = {one["name"]: one for one in model["attributes"]}
    found: list[QualityRule] = []
    for called in ("name", "title_zh"):
        for one in attributes.values():
            found.extend(_of_attribute(one, one[called], codes))
        columns = tuple(attributes[name][called] for name in _INVENTORY)
        found.append(
            QualityRule(
                name=f"sum:{','.join(columns)}", kind=RuleKind.SUM, columns=columns, dimension=Dimension.CONSISTENCY,
                title_zh="满电、充电中与故障电池数之和等于仓位数", title_en="Full, charging and faulty batteries make the slots",
            )
        )  # fmt: skip
    return tuple(DatasetRule(dataset=DATASET, rule=rule) for rule in found)


def _of_attribute(
    one: Mapping[str, Any], column: str, codes: Mapping[str, list[str]]
) -> Iterator[QualityRule]:
    zh, en = one["title_zh"], one["title_en"]
    if one.get("required"):
        yield QualityRule(
            name=f"not_null:{column}", kind=RuleKind.NOT_NULL, columns=(column,), dimension=Dimension.COMPLETENESS,
            title_zh=f"{zh}不应为空", title_en=f"{en}: is told",
        )  # fmt: skip
    if "minimum" in one:
        bounds = {"minimum": one["minimum"], "maximum": one["maximum"]}
        yield QualityRule(
            name=f"range:{column}", kind=RuleKind.RANGE, columns=(column,), parameters=bounds, dimension=Dimension.VALIDITY,
            title_zh=f"{zh}应在 {one['minimum']} 至 {one['maximum']} 之间", title_en=f"{en}: {one['minimum']} to {one['maximum']}",
        )  # fmt: skip
    if "code_list" in one:
        yield QualityRule(
            name=f"code_list:{column}", kind=RuleKind.CODE_LIST, columns=(column,), parameters={"codes": list(codes[one["code_list"]])},
            dimension=Dimension.VALIDITY, title_zh=f"{zh}应为代码表中的代码", title_en=f"{en}: a code of the list",
        )  # fmt: skip
