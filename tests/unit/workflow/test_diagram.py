"""The picture of a definition shows every state and every way."""

from xml.etree import ElementTree

from quanyu.workflow.definition.diagram import diagram
from quanyu.workflow.definition.parse import parse
from tests.unit.workflow.repair import repair, source

SVG = "{http://www.w3.org/2000/svg}"


def test_every_state_has_a_box_and_every_way_a_line_and_a_name() -> None:
    picture = ElementTree.fromstring(diagram(repair(), "en"))  # noqa: S314 (our own)
    assert len(picture.findall(f"{SVG}g")) == 6
    assert len(picture.findall(f"{SVG}path")) == 9
    assert "send_back → reported" in {one.text for one in picture.iter(f"{SVG}text")}


def test_titles_cannot_break_out_of_the_picture() -> None:
    titled = source(title={"en": "<script>alert(1)</script>"})
    assert "<script>" not in diagram(parse(titled), "en")
