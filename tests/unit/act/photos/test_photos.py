"""Photos of reports and acts: who sends, who sees, what goes."""

import os
from collections import OrderedDict
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import AsyncClient
from litestar import Litestar

from quanyu.act.photos import Album
from quanyu.act.photos.service import keep, sweep
from quanyu.core.clock import utc_now
from quanyu.store import Database
from quanyu.store.backup.dump import _data_files
from tests.unit.act.conftest import As
from tests.unit.act.photos.test_picture import SVG, camera, photo

JPEG = {"content-type": "image/jpeg"}
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ACTIVE_PDF = PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>")


async def sent(client: AsyncClient, size: tuple[int, int] = (64, 32)) -> str:
    answer = await client.post("/api/v1/photos", content=photo(size=size).getvalue(), headers=JPEG)
    assert answer.status_code == 201, answer.text
    (item,) = answer.json()["items"]
    return str(item["id"])


async def reported(client: AsyncClient, *photos: str) -> dict[str, str]:
    report = {"channel": "resident", "description": "hole", "address": "x", "photos": photos}
    answer = await client.post("/api/v1/reports", json=report)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_camera_proposes_place_and_time(asking: As) -> None:
    body = photo(exif=camera()).getvalue()
    answer = await asking().post("/api/v1/photos", files={"file": ("a.jpg", body), "more": ("b.jpg", body)})
    one, other = answer.json()["items"]
    assert one == other
    assert (one["place"], one["taken"]) == ({"lon": 120.15, "lat": 30.25}, "2026-11-20T08:00:00+08:00")


async def test_a_photo_is_seen_by_the_desk_and_its_reporter(asking: As) -> None:
    nobody, desk = asking(), asking("acceptor")
    id = await sent(nobody)
    case = await reported(nobody, id)
    shown = await desk.get(f"/api/v1/cases/{case['id']}/photos/{id}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["x-content-type-options"] == "nosniff"
    path = f"/api/v1/reports/{case['id']}"
    small = await nobody.get(f"{path}/photos/{id}", params={"follow": case["follow"], "size": "small"})
    assert small.status_code == 200
    followed = (await nobody.get(path, params={"follow": case["follow"]})).json()
    assert [one["id"] for one in followed["photos"]] == [id]
    assert (await nobody.get(f"{path}/photos/{id}", params={"follow": "guessed"})).status_code == 404
    assert (await nobody.get(f"/api/v1/cases/{case['id']}/photos/{id}")).status_code == 404
    other = await reported(nobody, await sent(nobody, (9, 9)))
    assert (await desk.get(f"/api/v1/cases/{other['id']}/photos/{id}")).status_code == 404


async def test_before_and_after_come_with_acts(asking: As) -> None:
    nobody, desk = asking(), asking("acceptor")
    case, id = await reported(nobody), await sent(nobody, (20, 20))
    acts = f"/api/v1/cases/{case['id']}/acts"
    refused = await desk.post(acts, json={"name": "accept", "evidence": [f"after:{'0' * 64}"]})
    assert (refused.status_code, refused.json()["faults"][0]["where"]) == (400, "photos")
    done = await desk.post(acts, json={"name": "accept", "evidence": [f"after:{id}", "seen: by me"]})
    assert (done.status_code, done.json()["case"]["state"]) == (200, "accepted")
    (item,) = (await desk.get(f"/api/v1/cases/{case['id']}/photos")).json()["items"]
    assert (item["id"], item["stage"], item["by"]) == (id, "after", "acceptor")


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [(SVG, 400, "no picture"), (b"<html>", 400, "no picture"), (bytes(1024**2 + 1), 413, "larger than 1 MB")],
)
async def test_a_refusal_says_why(asking: As, content: bytes, status: int, words: str) -> None:
    client = asking()
    client.headers["accept-language"] = "en"
    for body in ({"content": content, "headers": JPEG}, {"files": {"file": ("a.jpg", content)}}):
        answer = await client.post("/api/v1/photos", **body)  # type: ignore[arg-type]
        assert (answer.status_code, words in answer.json()["detail"]) == (status, True)


async def test_a_report_with_an_unknown_photo_is_not_made(asking: As) -> None:
    report = {"channel": "resident", "description": "only with it", "photos": ["f" * 64]}
    assert (await asking().post("/api/v1/reports", json=report)).status_code == 400
    assert (await asking("acceptor").get("/api/v1/cases")).json()["items"] == []


async def test_fixmystreet_sends_photos_in_its_form(asking: As) -> None:
    form = {"service_code": "C01003", "lat": "30.25", "long": "120.15", "description": "open"}
    ids = set()
    for _ in range(2):
        files = {
            "photo1": ("1.jpg", photo().getvalue()),
            "photo2": ("2.png", photo("PNG", (9, 9)).getvalue()),
        }
        answer = await asking().post("/open311/v2/requests.xml", data=form, files=files)
        assert answer.status_code == 201, answer.text
        ids.add(answer.text)
    listed = (await asking("acceptor").get("/api/v1/cases")).json()["items"]
    assert (len(ids), len(listed), len(listed[0]["photos"])) == (1, 1, 2)
    refused = await asking().post("/open311/v2/requests.json", data=form, files={"photo1": ("1.svg", SVG)})
    assert (refused.status_code, refused.json()[0]["code"]) == (400, 400)


async def test_a_document_comes_beside_photos_and_is_saved_not_opened(asking: As) -> None:
    form = {
        "service_code": "C01003",
        "lat": "30.25",
        "long": "120.15",
        "description": "open",
        "media_url": "http://x/1.pdf",
    }
    files = {"photo1": ("1.jpg", photo().getvalue()), "photo2": ("letter.pdf", PDF)}
    made = await asking().post("/open311/v2/requests.json", data=form, files=files)
    assert made.status_code == 201, made.text
    path, desk = f"/api/v1/cases/{made.json()[0]['service_request_id']}/photos", asking("acceptor")
    shown = {one["media_type"]: one for one in (await desk.get(path)).json()["items"]}
    document = shown["application/pdf"]
    assert (document["bytes"], document["width"], shown["image/jpeg"]["width"] > 0) == (len(PDF), None, True)
    for asked in ({}, {"size": "small"}):
        saved = await desk.get(f"{path}/{document['id']}", params=asked)
        assert (saved.content, saved.headers["content-type"]) == (PDF, "application/pdf")
        assert saved.headers["content-disposition"].startswith("attachment")
        assert saved.headers["content-security-policy"] == "default-src 'none'; sandbox"
    bad = await asking().post("/open311/v2/requests.json", data=form, files={"photo1": ("1.pdf", ACTIVE_PDF)})
    assert (bad.status_code, "scripts" in bad.text) == (400, True)


async def test_who_sends_one_after_another_is_asked_to_wait(
    asking: As, application: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    album: Album = application.dependencies["album"].dependency()  # type: ignore[union-attr, assignment]
    monkeypatch.setattr(album.rate, "_free_at", OrderedDict({"127.0.0.1": utc_now().timestamp() + 3600}))
    answer = await asking().post("/api/v1/photos", content=photo().getvalue(), headers=JPEG)
    assert (answer.status_code, int(answer.headers["retry-after"]) > 60) == (429, True)
    assert (
        await asking("acceptor").post("/api/v1/photos", content=photo().getvalue(), headers=JPEG)
    ).status_code == 201


async def test_a_backup_holds_them(database: Database, tenant: str, tmp_path: Path) -> None:
    kept = await keep(database, Album(tmp_path), tenant, photo(), utc_now())
    held = [path.name for path in _data_files(tmp_path, keys=False)]
    assert held == [f"{kept.id}.jpg", f"{kept.id}.small.jpg"]


async def test_what_nobody_names_goes_after_a_day(database: Database, tenant: str, tmp_path: Path) -> None:
    album, now = Album(tmp_path), utc_now()
    kept = await keep(database, album, tenant, photo(), now)
    path = album.path(tenant, kept.id, kept.media_type)
    assert await sweep(database, album, tenant, now=now + timedelta(hours=23)) == 0
    stray = path.with_name("stray.jpg")
    stray.write_bytes(b"")
    os.utime(stray, (0, 0))
    assert await sweep(database, album, tenant, now=now) == 1
    assert await sweep(database, album, tenant, now=now + timedelta(hours=25)) == 1
    assert not list(album.untouched(tenant, since=now.timestamp() + 60))
