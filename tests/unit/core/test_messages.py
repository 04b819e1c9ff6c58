from quanyu.core.messages import text


def test_a_quoted_value_stands_in_its_quotes() -> None:
    said = text("connect.files.shapefile.crs", "en", name="Local grid", file="roads.shp")
    assert said == "Coordinate system 'Local grid' of shapefile roads.shp has no EPSG code"


def test_what_the_decoder_refused_is_told_in_the_readers_language() -> None:
    said = {"reason": "Expected `int`, got `str` - at `$.days`"}
    assert (
        text("act.rule.form", "en", **said) == "The form is wrong: days: Must be a whole number, not a text"
    )
    assert text("act.rule.form", "zh-CN", **said).endswith("：days 应为整数，而不是文本")
