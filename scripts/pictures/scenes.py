"""What happens in the city before its pages are taken: a report, a request, a dispute, a saved query; returns the ids."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from scripts.pictures.city import City

_WAIT_SECONDS = 120
_PLACE = {"lon": 123.86, "lat": 29.65}
_LAMP = "人民路小学门口路灯不亮三天了，孩子放学看不清路"
_SLIDE = "云岭县松风镇村道塌方，救护车无法通行"
_SAVED = "各区停车泊位"
_SQL = 'select "所属区", count(*) as "停车场", sum("总泊位数"::int) as "泊位"\nfrom "car-parks"\ngroup by "所属区" order by "泊位" desc'


def played(city: City) -> dict[str, str]:
    """Names for the paths of `pages`; played again against the same city it finds what is there."""
    return {
        **_of_the_data(city),
        **_of_the_cases(city),
        **_of_the_sharing(city),
        "query": _saved_query(city),
        "person": next(
            one["id"] for one in city.get("/accounts", limit=500)["items"] if one["login"] == "consumer"
        ),
    }


def filled(city: City) -> dict[str, str]:
    """10,000 rows of which each lies in quarantine."""
    rows = "".join(f"W{row:05},{row % 97}号路灯,0,0,{row % 400}\n" for row in range(1, 10_001))
    return {"many": imported(city, "many", "路灯台账.csv", "编号,名称,经度,纬度,功率\n" + rows)}


def imported(city: City, dataset: str, filename: str, text: str) -> str:
    """The import's id, once all is read."""
    answer = city.clients["admin"].post(
        f"/api/v1/datasets/{dataset}/imports", params={"filename": filename}, content=text.encode()
    )
    made = str(answer.raise_for_status().json()["import"])
    while city.get(f"/imports/{made}")["state"] not in {"done", "failed"}:
        time.sleep(0.5)
    return made


def _of_the_data(city: City) -> dict[str, str]:
    lots = city.get("/entities", type="OffStreetParking", limit=5)["items"]
    imports = city.get("/imports", dataset="car-parks")["items"]
    return {"entity": lots[-1]["id"], "import": imports[-1]["id"]}


def _of_the_cases(city: City) -> dict[str, str]:
    task = _first_task(city, "crew")
    reports = "/reports"
    said = {
        "channel": "resident",
        "description": "人民路小学门口路灯不亮三天了，孩子放学看不清路",
        "place": _PLACE,
    }
    followed = city.tell(reports, said, who="desk")
    return {
        "case": task["subject"],
        "work": _handed_down(city),
        "instance": task["instance"],
        "position": str(task["position"]),
        "followed": followed["id"],
        "code": followed["follow"],
    }


def _first_task(city: City, who: str) -> Any:
    """The city dispatches by itself; a crew that was engaged a moment ago may have to wait for it."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not (tasks := city.get("/work", who)["items"]):
        if time.monotonic() > deadline:
            raise SystemExit(f"{who} gets no task")
        time.sleep(1)
    return tasks[0]


def _handed_down(city: City) -> str:
    """下派: the assignment that the district has."""
    for task in city.get("/work", "desk", limit=500)["items"]:
        if task["definition"] == "assignment":
            return str(task["instance"])
    said = {"channel": "hotline", "description": _SLIDE, "place": {"lon": 123.62, "lat": 29.66}}
    number = city.tell("/reports", said, who="desk")["id"]
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "delegate", "organisation": "jz-990104"}):
        city.tell(f"/cases/{number}/acts", act, who="desk")
    tasks = city.get("/work", "desk", limit=500)["items"]
    (handed,) = (one for one in tasks if one["subject"] == number and one["definition"] == "assignment")
    return str(handed["instance"])


def _of_the_sharing(city: City) -> dict[str, str]:
    contract = city.get("/sharing/contracts", "consumer")["items"][0]
    (record, *_) = city.get(f"/sharing/contracts/{contract['id']}/records", "consumer", limit=20)["items"]
    return {
        "contract": contract["id"],
        "request": _asked(city),
        "dispute": _disputed(city, contract["id"], record),
        "return": _given_back(city, contract["id"], record),
        "element": _claimed(city),
    }


def _asked(city: City) -> str:
    title = "共享停车资质核对"
    for one in city.get("/sharing/requests", "viewer")["items"]:
        if one["title"] == title:
            return str(one["id"])
    now = datetime.now(UTC)
    items = [{"name": name} for name in ("停车场名称", "总泊位数", "经营单位", "收费标准")]
    said = {
        "dataset": "car-parks", "items": items, "title": title, "purpose": "核对停车经营单位的收费公示",
        "basis": "价格法 第十三条", "starts": now.isoformat(), "ends": (now + timedelta(days=90)).isoformat(),
    }  # fmt: skip
    made = city.tell("/sharing/requests", said, who="viewer")["request"]["id"]
    city.tell(f"/sharing/requests/{made}/acts", {"act": "forward"})
    return str(made)


def _claimed(city: City) -> str:
    """A data element that one body has claimed, while others still may."""
    code = "parking-lot-name"
    if code in {one["code"] for one in city.get("/sharing/elements", "viewer")["items"]}:
        return code
    asked = {
        "code": code, "title_zh": "停车场名称", "title_en": "Name of the car park", "subject": "交通", "reason": "各单位各记一份，名称不一致",
    }  # fmt: skip
    city.tell("/sharing/elements", asked, who="viewer")
    city.tell(f"/sharing/elements/{code}/acts", {"act": "open"})
    claim = {
        "items": [{"dataset": "car-parks", "item": "停车场名称"}], "reason": "停车场备案由本单位办理，名称以备案为准",
        "basis": "停车场管理办法 第九条", "update_cycle": "daily", "coverage": "全市公共停车场",
    }  # fmt: skip
    city.tell(f"/sharing/elements/{code}/claims", claim, who="provider")
    return code


def _disputed(city: City, contract: str, record: dict[str, Any]) -> str:
    known = city.get("/sharing/disputes", "consumer")["items"]
    if known:
        return str(known[0]["id"])
    key = "备案号"
    said = {
        "contract": contract, "record": {key: record[key]}, "field": "总泊位数",
        "claimed": "412", "evidence": "现场清点照片与验收表，11 月 18 日",
    }  # fmt: skip
    return str(city.tell("/sharing/disputes", said, who="consumer")["dispute"]["id"])


def _given_back(city: City, contract: str, record: dict[str, Any]) -> str:
    known = city.get("/sharing/returns", "consumer")["items"]
    if known:
        return str(known[0]["id"])
    key = "备案号"
    records = [
        {key: record[key], "停车场名称": str(record["停车场名称"]), "总泊位数": "398"},
        {key: "P-2026-0417", "停车场名称": "文化宫临时停车场", "总泊位数": "120"},
    ]
    said = {"records": records, "note": "11 月 20 日入场核查，新划泊位已验收"}
    return str(city.tell(f"/sharing/contracts/{contract}/returns", said, who="consumer")["item"]["id"])


def _saved_query(city: City) -> str:
    for one in city.get("/workbench/queries")["items"]:
        if one["name"] == _SAVED:
            return str(one["id"])
    chart = {"mark": "bar", "x": "所属区", "y": ["泊位"]}
    said = {"name": _SAVED, "sql": _SQL, "chart": chart, "shared": True}
    return str(city.tell("/workbench/queries", said)["id"])
