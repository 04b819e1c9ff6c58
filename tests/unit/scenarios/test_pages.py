"""What the portal shows of the packs that come along can be asked for, and has its words."""

import re

import pytest

from quanyu.packs import Pack, ViewKind
from quanyu.scenarios import emergency, parking, sanitation

PACKS = (emergency.pack, parking.pack, sanitation.pack)


@pytest.mark.parametrize("pack", PACKS, ids=lambda one: one.name)
def test_every_block_of_a_page_asks_a_route_that_answers_and_names_its_values(pack: Pack) -> None:
    paths = {
        re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
        for route in pack.routes
        if "GET" in route.http_methods
        for path in route.paths
    }
    pages = [view for view in pack.views if view.kind is ViewKind.PAGE]
    assert pages
    assert {page.body["day"] for page in pages if "day" in page.body} <= paths
    for block in [block for page in pages for block in page.body["blocks"]]:
        assert block["route"].split("?")[0] in paths
        for name in (*block.get("columns", ()), *block.get("values", ())):
            assert all(f"{pack.name}.column.{name}" in texts for texts in pack.messages.values()), name
