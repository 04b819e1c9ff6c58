"""What the terminal speaks."""

import locale
import os

from quanyu.core.messages import text


def language() -> str:
    """English unless the terminal speaks Chinese."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh-CN" if spoken.lower().startswith("zh") else "en"


def say(key: str, **values: object) -> None:
    print(text(key, language(), **values), flush=True)
