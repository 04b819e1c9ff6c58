"""Registers that departments keep by hand: each in the form, and with the faults, that such registers come in."""

from quanyu.app.demo.city import City
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.files.table import Row, csv_text
from quanyu.app.demo.land import rounded
from quanyu.app.demo.names import CHARGERS, CLEANERS, OPERATORS, PLACE_FIRST
from quanyu.app.demo.places import CarPark, credit_code
from quanyu.app.demo.workbook import Cell, workbook

_GRADES = {"3A": "三级甲等", "3B": "三级乙等", "2A": "二级甲等", "0": "未评级"}


def car_parks(city: City) -> bytes:
    """GBK with two title lines, a total and a note; placeholders, swapped coordinates, numbers in words."""
    header = ("备案号", "停车场名称", "停车场类别", "所属区", "行政区划代码", "地址", "总泊位数", "充电车位数", "收费标准", "经营单位", "经度", "纬度")  # fmt: skip
    rows = [_car_park(park) for park in city.car_parks]
    chance = drawn(city.seed, "spoilt car parks")
    spoilt = chance.sample(rows, 10)
    for row in spoilt[:4]:
        row[10] = row[11] = "0"
    spoilt[4][10], spoilt[4][11] = spoilt[4][11], spoilt[4][10]
    spoilt[5][7] = "六"
    spoilt[6][6] = f"约{spoilt[6][6]}个"
    spoilt[7][1] = ""
    spoilt[8][4] = "990109"
    rows += [list(row) for row in chance.sample(rows, 3)]
    total = ["合计", *[""] * 5, str(sum(park.capacity for park in city.car_parks)), *[""] * 5]
    notes = ("注：泊位数以现场核查为准。",)
    titles = ("江州市停车场备案台账", "填报单位：江州市城市管理局")
    return csv_text(titles, header, [*rows, total], notes=notes).encode("gb18030")


def parking_reports(city: City) -> bytes:
    """A header of two lines with merged cells; the same car parks under other names and numbers."""
    top: list[Cell] = ["企业上报停车泊位汇总表"]
    group: list[Cell] = ["车场编号", "停车场名称", "地址", "泊位数（个）", None, "位置", None, "经营单位"]
    below: list[Cell] = [None, None, None, "总泊位", "充电车位", "经度", "纬度", None]
    chance = drawn(city.seed, "parking reports")
    known = sorted(chance.sample(city.car_parks, 46), key=lambda park: park.code)
    rows = [_report(city, park, number) for number, park in enumerate(known, start=1)]
    merged = ("A1:H1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:G2", "H2:H3")
    return workbook("汇总", [top, group, below, *rows], merged)


def vehicles(city: City) -> bytes:
    header: list[Cell] = ["车辆编号", "车牌号", "车辆类型", "所属单位"]
    rows: list[list[Cell]] = [[one.code, one.plate, one.kind, one.company] for one in city.vehicles]
    return workbook("环卫车辆", [header, *rows])


def hospitals(city: City) -> bytes:
    """UTF-8 with a byte order mark, as a spreadsheet saves it; two without a place, one with a comma for the point."""
    header = (
        "机构编码",
        "机构名称",
        "医院等级",
        "机构类别",
        "所在区",
        "地址",
        "床位数",
        "联系电话",
        "经度",
        "纬度",
    )
    rows = [
        [one.code, one.name, _GRADES[one.grade], one.kind, one.spot.district.name, one.spot.address, str(one.beds),
         one.phone, *map(str, one.spot.point)]
        for one in city.hospitals
    ]  # fmt: skip
    spoilt = drawn(city.seed, "spoilt hospitals").sample(rows, 4)
    for row in spoilt[:2]:
        row[8] = row[9] = ""
    spoilt[2][2] = "三甲"
    spoilt[3][6] = "不详"
    return csv_text((), header, rows).encode("utf-8-sig")


def charging_stations(city: City) -> bytes:
    """“Unicode text” of a spreadsheet: UTF-16 with tabs."""
    header = (
        "充电站编号",
        "充电站名称",
        "运营单位",
        "所属区",
        "地址",
        "充电枪数",
        "额定功率(kW)",
        "经度",
        "纬度",
    )
    rows: list[Row] = [
        [one.code, one.name, one.operator, one.spot.district.name, one.spot.address, str(one.connectors),
         str(one.power), *map(str, one.spot.point)]
        for one in city.charging_stations
    ]  # fmt: skip
    for row in drawn(city.seed, "spoilt charging").sample(rows, 2):
        row[7] = row[8] = "0.0"
    return csv_text((), header, rows, delimiter="\t").encode("utf-16")


def enterprises(city: City) -> bytes:
    """GBK; credit codes typed by hand: letters for digits, a digit lost, two exchanged."""
    header = ("统一社会信用代码", "企业名称", "企业类型", "成立日期", "注册地址")
    chance = drawn(city.seed, "enterprises")
    names = [*OPERATORS, *CHARGERS, *CLEANERS]
    names += [f"江州{first}{what}有限公司" for first in PLACE_FIRST for what in ("环境服务", "停车管理", "物业服务", "新能源", "市政工程")]  # fmt: skip
    rows: list[Row] = []
    for number, name in enumerate(names):
        spot = city.places.spot(chance)
        founded = f"{chance.randint(2003, 2025)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        code = credit_code(chance, spot.district.code)
        rows.append([_mistyped(code, number), name, "有限责任公司", founded, spot.address])
    return csv_text(("江州市环卫停车行业企业名单",), header, rows).encode("gb18030")


def _mistyped(code: str, number: int) -> str:
    """One of ten is wrong, each in another way."""
    match number % 30:
        case 7:
            return code[:8] + "MO" + code[10:]
        case 16:
            return code[:12] + code[13:]
        case 25:
            return code[:2] + code[3] + code[2] + code[4:] if code[2] != code[3] else code[:-1] + "I"
        case _:
            return code


def _car_park(park: CarPark) -> Row:
    spot = park.spot
    return [
        park.code, park.name, park.kind, spot.district.name, spot.district.code, spot.address, str(park.capacity),
        str(park.chargers), park.fee, park.operator, *map(str, spot.point),
    ]  # fmt: skip


def _report(city: City, park: CarPark, number: int) -> list[Cell]:
    """The operator's own words for a car park of the register."""
    chance = drawn(city.seed, "report", park.code)
    name = chance.choice((
        park.name, park.name.replace("停车场", "车场"), f"江州市{park.name}", park.name.replace("地下", "（地下）"),
    ))  # fmt: skip
    capacity = park.capacity + chance.choice((0, 0, 0, -12, 8, 20))
    x, y = park.spot.point
    place = rounded(x + chance.uniform(-0.0003, 0.0003), y + chance.uniform(-0.0003, 0.0003))
    return [f"SB{number:04}", name, park.spot.address, capacity, park.chargers, *place, park.operator]
