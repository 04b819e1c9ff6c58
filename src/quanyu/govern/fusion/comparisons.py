"""How two records are compared: a row a comparison, its levels from best to worst.

`m` is the share of true pairs, `u` of chance pairs, that reach a level (Fellegi and Sunter 1969). These are starting values
from matching registers of places by hand; with enough records they are learned from the data (`matching._train`).
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Level:
    label: str
    sql: str
    m: float
    u: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """`missing` is the SQL of pairs that it says nothing about; `learned`: m may be learned from the data."""

    name: str
    missing: str
    levels: tuple[Level, ...]
    learned: bool = True

    def settings(self) -> dict[str, Any]:
        missing = {"sql_condition": self.missing, "label_for_charts": "missing", "is_null_level": True}
        levels = [
            {
                "sql_condition": level.sql,
                "label_for_charts": level.label,
                "m_probability": level.m,
                "u_probability": level.u,
                "fix_m_probability": not self.learned,
            }
            for level in self.levels
        ]
        return {"output_column_name": self.name, "comparison_levels": [missing, *levels]}


NAME = Comparison(
    "name",
    "len(forms_l) = 0 or len(forms_r) = 0",
    (
        Level("same_name", "list_has_any(forms_l, forms_r)", 0.78, 0.00002),
        Level("very_similar", "name_similarity(forms_l, forms_r) >= 0.94", 0.12, 0.0008),
        Level("similar", "name_similarity(forms_l, forms_r) >= 0.85", 0.07, 0.01),
        Level("different", "ELSE", 0.03, 0.98918),
    ),
    learned=False,  # the pairs to learn from are chosen by name
)
NUMBERS = Comparison(
    "numbers",
    "len(numbers_l) = 0 and len(numbers_r) = 0",
    (Level("same", "numbers_l = numbers_r", 0.98, 0.2), Level("different", "ELSE", 0.02, 0.8)),
)
PART = Comparison(
    "part",
    "part_l = '' and part_r = ''",
    (Level("same", "part_l = part_r", 0.9, 0.1), Level("different", "ELSE", 0.1, 0.9)),
)
DISTANCE = Comparison(
    "distance",
    "latitude_l is null or latitude_r is null",
    (
        Level("within_100_m", "metres(longitude_l, latitude_l, longitude_r, latitude_r) < 100", 0.6, 0.0005),
        Level("within_500_m", "metres(longitude_l, latitude_l, longitude_r, latitude_r) < 500", 0.28, 0.008),
        Level("within_2_km", "metres(longitude_l, latitude_l, longitude_r, latitude_r) < 2000", 0.09, 0.06),
        Level("farther", "ELSE", 0.03, 0.9315),
    ),
)
PHONE = Comparison(
    "phone",
    "len(phones_l) = 0 or len(phones_r) = 0",
    (Level("same", "list_has_any(phones_l, phones_r)", 0.6, 0.0005), Level("different", "ELSE", 0.4, 0.9995)),
)
CODE = Comparison(
    "code",
    "code_l is null or code_r is null",
    (Level("same", "code_l = code_r", 0.95, 0.00001), Level("different", "ELSE", 0.05, 0.99999)),
)
REGION = Comparison(
    "region",
    "region_l is null or region_r is null",
    (Level("same", "region_l = region_r", 0.95, 0.07), Level("different", "ELSE", 0.05, 0.93)),
)

MACROS = (
    """create macro name_similarity(mine, theirs) as
    list_max([jaro_winkler_similarity(pair.a, pair.b)
              for pair in flatten([[{'a': a, 'b': b} for b in theirs] for a in mine])])""",
    """create macro metres(x1, y1, x2, y2) as
    2 * 6371008.8 * asin(sqrt(pow(sin(radians(y2 - y1) / 2), 2)
        + cos(radians(y1)) * cos(radians(y2)) * pow(sin(radians(x2 - x1) / 2), 2)))""",
)


def comparisons(*, parts_are_one: bool) -> tuple[Comparison, ...]:
    """A gate and its hospital are one thing for some purposes; then what part a name says does not matter."""
    return (NAME, NUMBERS, *(() if parts_are_one else (PART,)), DISTANCE, PHONE, CODE, REGION)
