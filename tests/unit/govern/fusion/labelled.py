"""Car parks and bodies as three sources write them, with who is who: `thing` is the real one."""

from quanyu.govern.fusion.model import Record

_CAR_PARKS = """
1|register|P001|江州市人民广场地下停车场|120.1000|30.2000|057188001001
1|operator|a-17|人民广场停车场（地下）|120.1003|30.2002|
1|map|m1|人民广场地下停车场(东入口)|120.1008|30.2001|
2|register|P002|江州市第一人民医院停车场|120.1100|30.2100|057188001002
2|operator|a-18|江州第一人民医院停车场|120.1102|30.2101|0571-88001002
2|map|m2|第一人民医院-停车场|120.1105|30.2099|
3|register|P003|江州市第二人民医院停车场|120.1500|30.2300|
3|map|m3|第二人民医院停车场|120.1503|30.2302|
4|register|P004|万象城停车场|120.1200|30.2200|057188001004
4|operator|a-20|万象城购物中心停车场|120.1204|30.2203|88001004
4|map|m4|万象城P1停车场|120.1209|30.2196|
5|register|P005|江州火车站南广场停车场|120.1300|30.2400|
5|operator|a-21|江州站南广场停车场|120.1302|30.2401|
6|register|P006|江州火车站北广场停车场|120.1310|30.2440|
6|operator|a-22|江州站北广场停车场|120.1312|30.2441|
7|register|P007|龙湖天街停车场|120.1400|30.2500|
7|operator|a-23|龙湖天街停车楼|120.1401|30.2501|
7|map|m7|天街停车场|120.1404|30.2503|
8|register|P008|体育中心１号停车场|120.1600|30.2600|
8|operator|a-24|体育中心1号停车场|120.1601|30.2601|
9|register|P009|体育中心２号停车场|120.1620|30.2610|
9|operator|a-25|体育中心2号停车场|120.1621|30.2611|
10|register|P010|滨江公园停车场|120.1700|30.2700|
11|operator|a-26|滨江路路侧停车泊位|120.1702|30.2705|
12|map|m12|银泰百货停车场|120.1750|30.2750|
13|register|P013|银泰城停车场|120.1950|30.2950|
14|register|P014|市民中心停车场|120.1800|30.2800|
14|operator|a-27|江州市民中心停车场|120.1803|30.2802|
14|map|m14|市民中心地下停车库|120.1802|30.2804|
15|register|P015|东湖景区停车场|120.1850|30.2850|
15|map|m15|东湖风景区停车场|120.1855|30.2856|
"""

_BODIES = """
1|register|1|江州市宏达停车管理有限公司|91330100MA27W001X1
1|tax|t1|江州宏达停车管理有限公司|91330100MA27W001X1
1|map|b1|宏达停车管理|
2|register|2|江州市城市管理局（江州市综合行政执法局）|11330100002490012A
2|tax|t2|江州市综合行政执法局|11330100002490012A
2|map|b2|江州市城市管理局|
3|register|3|江州绿源环境科技股份有限公司|91330100MA27W003X3
3|tax|t3|江州绿源环境科技股份有限公司|
3|map|b3|绿源环境科技有限公司|
4|register|4|江州绿园环境工程有限公司|91330100MA27W004X4
4|map|b4|绿园环境工程公司|
5|register|5|江州市第三中学|12330100470000005B
5|map|b5|江州第三中学|
6|register|6|江州市第五中学|12330100470000006C
6|map|b6|江州第五中学|
7|tax|t7|江州市公共交通集团有限公司|91330100MA27W007X7
7|map|b7|江州公交集团|
8|register|8|江州大学附属儿童医院|12330100470000008D
8|map|b8|江州市儿童医院（江州大学附属儿童医院）|
"""

Truth = set[frozenset[str]]


def car_parks() -> tuple[list[Record], Truth]:
    records, things = [], []
    for line in _CAR_PARKS.strip().splitlines():
        thing, dataset, key, name, longitude, latitude, phone = line.split("|")
        digits = "".join(filter(str.isdigit, phone))
        records.append(
            Record(
                dataset=dataset,
                key=key,
                name=name,
                longitude=float(longitude),
                latitude=float(latitude),
                phones=(digits[-8:],) if digits else (),
                values={"name": name},
            )
        )
        things.append(thing)
    return records, _truth(records, things)


def bodies() -> tuple[list[Record], Truth]:
    records, things = [], []
    for line in _BODIES.strip().splitlines():
        thing, dataset, key, name, code = line.split("|")
        records.append(Record(dataset=dataset, key=key, name=name, code=code or None, values={"name": name}))
        things.append(thing)
    return records, _truth(records, things)


def _truth(records: list[Record], things: list[str]) -> Truth:
    pairs = zip(records, things, strict=True)
    known = list(pairs)
    return {
        frozenset((one.id, other.id))
        for index, (one, thing) in enumerate(known)
        for other, same in known[index + 1 :]
        if thing == same and one.dataset != other.dataset
    }
