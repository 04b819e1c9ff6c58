"""The score sheet as a workbook whose formulas compute every figure anew from the counts, so that anybody can check it."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from quanyu.core.messages import text
from quanyu.evaluate.service import Line, Sheet

_COUNTS = (
    "cases", "weight", "solved_weight", "calls", "contacted", "answered_solved", "rated", "satisfied", "fairly",
    "handled", "on_time", "reworks",
)  # fmt: skip
_FIRST = 2  # row of the first body
_FORMULA_START = "=+-@\t\r"


def workbook(sheet: Sheet, language: str) -> bytes:
    """XLSX with a sheet of scores and one of the policy that its formulas refer to."""
    book = Workbook()
    scores = book.active
    assert isinstance(scores, Worksheet)
    scores.title = text("evaluate.sheet.scores", language)
    rules = book.create_sheet("policy")
    _write_policy(rules, sheet)
    names = ("organisation", "system", *_COUNTS, *_FORMULAS, "budget", "proposed")
    scores.append([text(f"evaluate.column.{name}", language) for name in names])
    for cell in scores[1]:
        cell.font = Font(bold=True)
    for index, line in enumerate(sheet.lines):
        scores.append(_row(line, _FIRST + index, last_band=_BANDS + len(sheet.policy.bands) - 1))
    scores.freeze_panes = "C2"
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


# Columns: A organisation, B system, C cases, D weight, E solved_weight, F calls, G contacted, H answered_solved, I rated,
# J satisfied, K fairly, L handled, M on_time, N reworks; then the formulas from O on. The policy is in policy!B1…B12.
_FORMULAS = {
    "response": '=IF(F{r}=0,"",G{r}/F{r})',
    "solution": '=IF(F{r}=0,"",H{r}/F{r})',
    "satisfaction": '=IF(F{r}=0,"",(J{r}+policy!$B$5*K{r})/F{r})',
    "composite": '=IF(F{r}=0,"",policy!$B$8*O{r}+policy!$B$9*P{r}+policy!$B$10*Q{r})',
    "solved_part": '=IF(D{r}=0,"",E{r}/D{r})',
    "rated_share": '=IF(I{r}=0,"",(J{r}+policy!$B$5*K{r})/I{r})',
    "satisfied_part": (
        '=IF(I{r}=0,"",IF(I{r}>=policy!$B$6,T{r},MAX(0,(T{r}+policy!$B$7^2/(2*I{r})-policy!$B$7*'
        "SQRT(T{r}*(1-T{r})/I{r}+policy!$B$7^2/(4*I{r}^2)))/(1+policy!$B$7^2/I{r}))))"
    ),
    "used_part": "{used}",
    "quality_part": "{quality}",
    "points": (
        '=IF(COUNT(S{r},U{r},V{r},W{r})=0,"",100*(N(S{r})*policy!$B$1+N(U{r})*policy!$B$2+N(V{r})*policy!$B$3+'
        'N(W{r})*policy!$B$4)/(IF(S{r}="",0,policy!$B$1)+IF(U{r}="",0,policy!$B$2)+IF(V{r}="",0,policy!$B$3)+'
        'IF(W{r}="",0,policy!$B$4)))'
    ),
    "grade": '=IF(X{r}="","",VLOOKUP(X{r},policy!$A${b}:$C${e},2,TRUE))',
    "factor": '=IF(X{r}="","",VLOOKUP(X{r},policy!$A${b}:$C${e},3,TRUE))',
}
_BANDS = 13  # row of the lowest band in the sheet of the policy


def _row(line: Line, row: int, *, last_band: int) -> list[object]:
    used = line.score.parts["used"]
    quality = line.score.parts["quality"]
    own_quality = f'=IF(L{row}=0,"",M{row}/L{row})'
    on_time = line.rates.on_time
    values = {
        "r": row, "b": _BANDS, "e": last_band, "used": "" if used is None else used,
        "quality": own_quality if quality == on_time else quality,
    }  # fmt: skip
    formulas = [_number(pattern.format(**values)) for pattern in _FORMULAS.values()]
    proposed = f'=IF(OR(Z{row}="",AA{row}=""),"",ROUND(AA{row}*Z{row},2))'
    budget = "" if line.budget is None else line.budget
    counts = [getattr(line.tally, name) for name in _COUNTS]
    return [_plain(line.organisation), _plain(line.system), *counts, *formulas, budget, proposed]


def _write_policy(rules: Worksheet, sheet: Sheet) -> None:
    policy = sheet.policy
    weights = policy.weights
    for name, value in (
        ("solved", weights.solved), ("satisfied", weights.satisfied), ("used", weights.used), ("quality", weights.quality),
        ("fairly", policy.fairly), ("few", policy.few), ("z", policy.z), ("response", policy.response),
        ("solution", policy.solution), ("satisfaction", policy.satisfaction), ("start", sheet.start.isoformat()),
        ("end", sheet.end.isoformat()),
    ):  # fmt: skip
        rules.append([name, value])
    for band in reversed(policy.bands):
        rules.append([band.least, band.grade, "" if band.factor is None else band.factor, band.remark])


def _number(text: str) -> object:
    """What is no formula is written as the number that it is."""
    try:
        return float(text)
    except ValueError:
        return text or None


def _plain(name: str) -> str:
    """A name that a spreadsheet would compute is kept from that."""
    return f"'{name}" if name.startswith(tuple(_FORMULA_START)) else name
