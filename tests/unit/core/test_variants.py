"""Names of columns in traditional characters."""

from quanyu.core.variants import simplified
from quanyu.govern.engine.semantics import meaning
from quanyu.govern.mapping.names import name_likeness


def test_names_in_traditional_characters_are_those_in_simplified_ones() -> None:
    assert simplified("停車場名稱") == "停车场名称"
    assert name_likeness("總車位數", "总车位数") == 1
    assert (meaning("經度", ["121.5", "121.6"]), meaning("緯度", ["25.1", "25.2"])) == (
        "longitude",
        "latitude",
    )
