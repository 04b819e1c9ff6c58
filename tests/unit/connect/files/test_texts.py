"""Every message of the readers has a text in both languages."""

import re
from pathlib import Path

import quanyu.connect.files as package
from quanyu.core.messages import LANGUAGES, catalogue


def test_every_key_in_the_code_has_a_text():
    sources = (path.read_text(encoding="utf-8") for path in Path(package.__file__).parent.glob("*.py"))
    keys = {key for source in sources for key in re.findall(r'"(connect\.files\.[a-z_.]+)"', source)}
    for language in LANGUAGES:
        assert keys <= set(catalogue("connect", language))
