"""Our entries in CKAN's words: package, resource, organization, tag, license."""

from collections.abc import Sequence
from typing import Any

from quanyu.govern.catalogue.model import Entry, State
from quanyu.govern.catalogue.open_files import OpenFile, by_resource
from quanyu.govern.imports.export import ExportFormat

Json = dict[str, Any]

LICENCES: tuple[Json, ...] = tuple(
    {"id": id, "title": title, "url": url, "status": "active", "is_okd_compliant": is_open}
    for id, title, url, is_open in (
        ("notspecified", "未说明 / not specified", "", False),
        (
            "cc-by-4.0",
            "Creative Commons Attribution 4.0",
            "https://creativecommons.org/licenses/by/4.0/",
            True,
        ),
        (
            "cc-by-sa-4.0",
            "Creative Commons Attribution Share-Alike 4.0",
            "https://creativecommons.org/licenses/by-sa/4.0/",
            True,
        ),
        ("cc0-1.0", "Creative Commons CC Zero", "https://creativecommons.org/publicdomain/zero/1.0/", True),
        ("odc-by-1.0", "Open Data Commons Attribution", "https://opendatacommons.org/licenses/by/1-0/", True),
    )
)
_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.JSON: "application/json",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


def package(entry: Entry, files: Sequence[OpenFile] = (), *, base: str) -> Json:
    """`base` is the node's address without a slash at the end."""
    said, facts = entry.description, entry.facts
    licence = next((one for one in LICENCES if one["id"] == said.licence.lower()), LICENCES[0])
    offered = resources(entry, files, base=base)
    return {
        "id": entry.name, "name": entry.name, "title": said.title, "notes": said.abstract, "type": "dataset",
        "url": f"{base}/catalog/{entry.name}", "state": "active" if entry.state is State.PUBLISHED else "draft",
        "private": not entry.is_public, "isopen": licence["is_okd_compliant"], "version": str(entry.version),
        "license_id": licence["id"], "license_title": licence["title"], "license_url": licence["url"],
        "author": said.organisation_name, "author_email": said.contact.email, "maintainer": said.contact.name,
        "maintainer_email": said.contact.email, "owner_org": said.organisation,
        "organization": organization(said.organisation, said.organisation_name) if said.organisation else None,
        "metadata_created": _time(entry.created), "metadata_modified": _time(entry.modified),
        "tags": [tag(keyword) for keyword in said.keywords], "num_tags": len(said.keywords),
        "groups": [], "relationships_as_subject": [], "relationships_as_object": [],
        "resources": offered, "num_resources": len(offered),
        "extras": _extras({
            "resource_code": entry.resource_code, "share_type": int(said.share_type), "update_cycle": said.update_cycle,
            "region": said.region, "grade": facts.grade, "score": facts.score, "model": facts.model, "records": facts.records,
            "sharing": "paused" if entry.is_paused else None,
            "attribution": files[0].attribution if files else None, "downloads": files[0].downloads if files else None,
        }),
    }  # fmt: skip


def resources(entry: Entry, files: Sequence[OpenFile], *, base: str) -> list[Json]:
    live = [resource(entry, format_, position, base=base) for position, format_ in enumerate(ExportFormat)]
    return live + [file_resource(entry, one, len(live) + at, base=base) for at, one in enumerate(files)]


def resource(entry: Entry, format_: ExportFormat, position: int, *, base: str) -> Json:
    """The records as they are when somebody asks, and for who asks: no checksum holds for long."""
    return {
        "id": f"{entry.name}.{format_}", "package_id": entry.name, "name": f"{entry.description.title} ({format_})",
        "format": format_.upper(), "mimetype": _MEDIA_TYPES[format_], "position": position, "state": "active",
        "url": f"{base}/api/v1/datasets/{entry.name}/export.{format_}", "url_type": "datastore",
        "datastore_active": True, "created": _time(entry.created), "last_modified": _time(entry.facts.imported),
        "description": "", "hash": "", "size": None, "resource_type": None, "package_title": entry.description.title,
    }  # fmt: skip


def file_resource(entry: Entry, file: OpenFile, position: int, *, base: str) -> Json:
    """A file of open data that stays as it is."""
    (id_,) = by_resource((file,))
    return resource(entry, file.format, position, base=base) | {
        "id": id_, "name": f"{entry.description.title} ({file.format}, {file.version})", "url": base + file.path, "url_type": None,
        "datastore_active": False, "created": _time(file.at), "last_modified": _time(file.at), "size": file.bytes,
        "hash": file.sha256, "hash_algorithm": "sha256", "version": str(file.version), "license_id": file.licence,
        "attribution": file.attribution, "downloads": file.downloads,
    }  # fmt: skip


def organization(code: str, name: str = "", packages: int | None = None) -> Json:
    shown = {
        "id": code,
        "name": code,
        "title": name or code,
        "display_name": name or code,
        "type": "organization",
    }
    about = {
        "description": "",
        "image_url": "",
        "state": "active",
        "is_organization": True,
        "approval_status": "approved",
    }
    return {**shown, **about, **({} if packages is None else {"package_count": packages})}


def tag(keyword: str) -> Json:
    return {"id": keyword, "name": keyword, "display_name": keyword, "state": "active", "vocabulary_id": None}


def _extras(values: Json) -> list[Json]:
    return [{"key": key, "value": str(value)} for key, value in values.items() if value is not None]


def _time(at: Any) -> str | None:
    """CKAN writes UTC without saying so."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") if at is not None else None
