"""Readies a node for the conformance kit of the Dataspace Protocol (eclipse-dataspacetck/dsp-tck), and writes the kit's configuration.

    QUANYU_REHEARSAL=tests/conformance/dsp/rehearsal.json quanyu start --dev --data /tmp/dsp --port 8080 | tee /tmp/dsp.out
    python tests/conformance/dsp/prepare.py /tmp/dsp.out http://127.0.0.1:8080 /tmp/dsp.properties
    java -jar dsp-tck-runtime.jar -config /tmp/dsp.properties

The node must be new: its one-time password is in the first output.
"""

import re
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

REHEARSAL = Path(__file__).with_name("rehearsal.json")
DATASETS = ("cat0101", "cat0102")
_GROUPS = {
    "ACNC": ("CN_C", "DATASETID"),
    "ACN": ("CN", "DATASETID"),
    "ATPC": ("TP_C", "AGREEMENTID"),
    "ATP": ("TP", "AGREEMENTID"),
}
_PASSWORD = "Blue-harbour-2026!"
_SCOPES = [
    "share.request",
    "share.use",
    "share.read",
    "catalogue.read",
    "dataset.import",
    "dataset.read",
    "dataset.manage",
    "catalogue.manage",
]


def token(url: str, output: str) -> str:
    """Of an officer whose body is both provider and consumer."""
    once = re.search(r"one-time password (\S+)|一次性密码[::]?\s*(\S+)", output)
    assert once, "the node's output names no one-time password"
    with closing(signed_in(url, "admin", once[1] or once[2])) as admin:
        done(admin.put("/api/v1/organisations/kit", json={"name": "Kit"}))
        person = {
            "login": "kit",
            "name": "Kit",
            "organisation": "kit",
            "roles": ["department_officer", "data_officer"],
        }
        made = done(admin.post("/api/v1/accounts", json=person))
    with closing(signed_in(url, "kit", made["password"])) as officer:
        asked = {"name": "kit", "scopes": _SCOPES, "days": 30}
        secret: str = done(officer.post("/api/v1/tokens", json=asked))["secret"]
        for name in DATASETS:
            publish(officer, name)
    return secret


def publish(officer: httpx.Client, name: str) -> None:
    path = f"/api/v1/catalogue/{name}"
    begun = officer.post(
        f"/api/v1/datasets/{name}/imports", params={"filename": f"{name}.csv"}, content=b"a,b\n1,2\n"
    )
    place = f"/api/v1/imports/{done(begun)['import']}"
    while done(officer.get(place))["state"] not in ("done", "failed"):
        time.sleep(0.2)
    entry = {
        "title": name,
        "abstract": name,
        "organisation": "kit",
        "share_type": 2,
        "share_condition": "kit",
    }
    changed = officer.patch(path, json=entry, headers={"if-match": officer.get(path).headers["etag"]})
    done(changed)
    done(officer.post(f"{path}/publish", headers={"if-match": changed.headers["etag"]}))


def configuration(url: str, secret: str) -> str:
    dsp = f"{url}/dsp/2025-1"
    lines = {
        "dataspacetck.debug": "true",
        "dataspacetck.dsp.local.connector": "false",
        "dataspacetck.dsp.connector.agent.id": "urn:quanyu:local",
        "dataspacetck.dsp.connector.http.url": dsp,
        "dataspacetck.dsp.connector.http.base.url": url,
        "dataspacetck.dsp.connector.http.headers.authorization": f"Bearer {secret}",
        "dataspacetck.dsp.connector.negotiation.initiate.url": f"{dsp}/rehearsal/negotiations",
        "dataspacetck.dsp.connector.transfer.initiate.url": f"{dsp}/rehearsal/transfers",
        "dataspacetck.dsp.default.wait": "30",
        "CAT_01_01_DATASETID": DATASETS[0],
        "CAT_01_02_DATASETID": DATASETS[1],
        "CAT_01_03_DATASETID": "cat0103",
    }
    for name in re.findall(r'"(A[A-Z]+\d{4})"', REHEARSAL.read_text()):
        group, member = next(_GROUPS[one] for one in _GROUPS if name.startswith(one))
        case = f"{group}_{name[-4:-2]}_{name[-2:]}"
        lines[f"{case}_{member}"] = name
        lines[f"{case}_OFFERID" if member == "DATASETID" else f"{case}_FORMAT"] = (
            f"offer:{name}" if member == "DATASETID" else "HttpData-PULL"
        )
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def signed_in(url: str, login: str, password: str) -> httpx.Client:
    client = httpx.Client(base_url=url, headers={"x-requested-with": "quanyu"}, timeout=60)
    done(client.post("/api/v1/session", json={"login": login, "password": password}))
    done(client.post("/api/v1/session/password", json={"old": password, "new": _PASSWORD}))
    return client


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, (str(answer.url), answer.text)
    return answer.json() if answer.content else None


if __name__ == "__main__":
    output, url, target = sys.argv[1:]
    Path(target).write_text(configuration(url, token(url, Path(output).read_text())))
