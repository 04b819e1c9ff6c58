"""Who has which class of cases in the demonstration city: its desk is told a body, and why."""

from quanyu.act.cases.model import Duty

_BY_BODY = {
    "jz-urban": ("C01", "C03", "C04", "E01", "E02", "E05"),
    "jz-water": ("C01001", "C01002", "C01003", "C01004", "E04002", "E04004"),
    "jz-housing": ("C01009", "E03", "E04001"),
    "jz-environment": ("C05", "E03002"),
    "jz-transport": ("C02", "E05004"),
    "jz-police": ("C02003", "E05003"),
    "jz-energy": ("C01005", "C01007", "C01008", "E04003"),
}
"""A class that begins so; the longer beginning decides."""

DUTIES = tuple(
    Duty(organisation=body, category=category) for body, classes in _BY_BODY.items() for category in classes
)
