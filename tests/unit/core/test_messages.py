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


def test_in_english_one_thing_is_one_thing() -> None:
    said = text("app.cli.source.refusals", "en", count=1, name="fleet")
    assert said == (
        "1 refused delivery of source fleet; `quanyu source release fleet` delivers it again, "
        "`quanyu source discard fleet` removes it"
    )
    assert text("app.cli.source.released", "en", count=2, name="fleet").startswith("2 refused deliveries ")


def test_a_number_that_is_kept_as_text_is_one_thing_too() -> None:
    assert text("app.import.entities", "en", written="1", refused="0").startswith("1 entity is ")
    assert text("app.import.entities", "en", written="1,200", refused="0").startswith("1,200 entities are ")
