"""Context sources: their registrations, and the operations that are distributed over them (ETSI GS CIM 009, 4.3.6)."""

from quanyu.twin.registrations.heralds import Herald
from quanyu.twin.registrations.sources import Sources

__all__ = ["Herald", "Sources"]
