"""Files of departments, read as text tables: `land` finds out what a file is and makes it readable for DuckDB."""

from quanyu.connect.files.land import land
from quanyu.connect.files.model import (
    Column,
    Dropped,
    FileOptions,
    Landed,
    Limits,
    Progress,
    Reject,
)

__all__ = ["Column", "Dropped", "FileOptions", "Landed", "Limits", "Progress", "Reject", "land"]
