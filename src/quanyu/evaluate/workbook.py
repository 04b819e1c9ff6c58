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
    names = ("organisation", "name", "system", *_COUNTS, *_FORMULAS, "budget", "proposed")
    scores.append([text(f"evaluate.column.{name}", language) for name in names])
    for cell in scores[1]:
        cell.font = Font(bold=True)
    for index, line in enumerate(sheet.lines):
        scores.append(_row(line, _FIRST + index, last_band=_BANDS + len(sheet.policy.bands) - 1))
    scores.freeze_panes = "D2"
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


# Columns: A organisation, B its name, C system, D cases, E weight, F solved_weight, G calls, H contacted, I answered_solved,
# J rated, K satisfied, L fairly, M handled, N on_time, O reworks; then the formulas from P on. The policy is in policy!B1…B12.
_FORMULAS = {
    "response": '=IF(G{r}=0,"",H{r}/G{r})',
    "solution": '=IF(G{r}=0,"",I{r}/G{r})',
    "satisfaction": '=IF(G{r}=0,"",(K{r}+policy!$B$5*L{r})/G{r})',
    "composite": '=IF(G{r}=0,"",policy!$B$8*P{r}+policy!$B$9*Q{r}+policy!$B$10*R{r})',
    "solved_part": '=IF(E{r}=0,"",F{r}/E{r})',
    "rated_share": '=IF(J{r}=0,"",(K{r}+policy!$B$5*L{r})/J{r})',
    "satisfied_part": (
        '=IF(J{r}=0,"",IF(J{r}>=policy!$B$6,U{r},MAX(0,(U{r}+policy!$B$7^2/(2*J{r})-policy!$B$7*'
        "SQRT(U{r}*(1-U{r})/J{r}+policy!$B$7^2/(4*J{r}^2)))/(1+policy!$B$7^2/J{r}))))"
    ),
    "used_part": "{used}",
    "quality_part": "{quality}",
    "points": (
        '=IF(COUNT(T{r},V{r},W{r},X{r})=0,"",100*(N(T{r})*policy!$B$1+N(V{r})*policy!$B$2+N(W{r})*policy!$B$3+'
        'N(X{r})*policy!$B$4)/(IF(T{r}="",0,policy!$B$1)+IF(V{r}="",0,policy!$B$2)+IF(W{r}="",0,policy!$B$3)+'
        'IF(X{r}="",0,policy!$B$4)))'
    ),
    "grade": '=IF(Y{r}="","",VLOOKUP(Y{r},policy!$A${b}:$C${e},2,TRUE))',
    "factor": '=IF(Y{r}="","",VLOOKUP(Y{r},policy!$A${b}:$C${e},3,TRUE))',
}
_BANDS = 13  # row of the lowest band in the sheet of the policy


def _row(line: Line, row: int, *, last_band: int) -> list[object]:
    used = line.score.parts["used"]
    quality = line.score.parts["quality"]
    own_quality = f'=IF(M{row}=0,"",N{row}/M{row})'
    on_time = line.rates.on_time
    values = {
        "r": row, "b": _BANDS, "e": last_band, "used": "" if used is None else used,
        "quality": own_quality if quality == on_time else quality,
    }  # fmt: skip
    formulas = [_number(pattern.format(**values)) for pattern in _FORMULAS.values()]
    proposed = f'=IF(OR(AA{row}="",AB{row}=""),"",ROUND(AB{row}*AA{row},2))'
    budget = "" if line.budget is None else line.budget
    counts = [getattr(line.tally, name) for name in _COUNTS]
    return [
        _plain(line.organisation),
        _plain(line.name),
        _plain(line.system),
        *counts,
        *formulas,
        budget,
        proposed,
    ]


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
