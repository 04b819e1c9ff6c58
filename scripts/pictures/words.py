"""The portal's own texts, so that its buttons are found in either language."""

import json
import re
from pathlib import Path
from typing import Any

_MESSAGES = Path(__file__).parents[2] / "portal/src/messages"


class Words:
    def __init__(self, language: str) -> None:
        self._texts: dict[str, Any] = json.loads((_MESSAGES / f"{language}.json").read_text())

    def __call__(self, key: str) -> str:
        """The text up to its first placeholder."""
        found: Any = self._texts
        for part in key.split("."):
            found = found[part]
        return re.split(r"\{| \| ", str(found))[0]

    def holds(self, key: str) -> bool:
        """Whether there is such a text."""
        found: Any = self._texts
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return isinstance(found, str)
