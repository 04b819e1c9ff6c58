"""The literals of CQL2 text: texts, numbers, truth values, moments and geometries."""

from typing import Any as Anything

import shapely

from quanyu.twin.ngsild.query.literals import moment_of
from quanyu.twin.ngsild.query.tree import Number, Text, Truth, Value
from quanyu.twin.ogc.cql2_words import Words
from quanyu.twin.ogc.crs import Crs, geometry_from


def geometry(words: Words, crs: Crs) -> Anything:
    """WKT or BBOX, as GeoJSON. Raises Invalid."""
    words.space()
    if words.accept("BBOX"):
        words.expect("(")
        numbers = [words.number()]
        while words.sign(","):
            numbers.append(words.number())
        words.expect(")")
        if len(numbers) not in (4, 6):
            raise words.scanner.fault("twin.ogc.geometry")
        half = len(numbers) // 2
        x1, y1, x2, y2 = *numbers[:2], *numbers[half : half + 2]
        made: Anything = shapely.box(x1, y1, x2, y2)
    else:
        made = words.wkt()
    return geometry_from(made, crs)


def value(words: Words) -> Value:
    words.space()
    if words.scanner.peek() == "'":
        return Text(words.text())
    if words.accept("TRUE"):
        return Truth(True)
    if words.accept("FALSE"):
        return Truth(False)
    if words.accept("DATE", "TIMESTAMP"):
        words.expect("(")
        found = moment(words)
        words.expect(")")
        return found
    number = words.number()
    return Number(int(number) if number.is_integer() and abs(number) < 2**53 else number)


def moment(words: Words) -> Value:
    text = words.text()
    found = moment_of(text)
    if found is None:
        raise words.scanner.fault("twin.query.value", found=text[:40])
    return found
