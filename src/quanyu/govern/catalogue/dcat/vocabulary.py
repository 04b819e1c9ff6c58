"""Words of the European authority tables that DCAT-AP asks for (facts; nothing is fetched)."""

from rdflib import Namespace, URIRef
from rdflib.namespace import DCTERMS, SKOS

from quanyu.govern.catalogue.model import UpdateCycle
from quanyu.govern.imports.export import ExportFormat

EU = "http://publications.europa.eu/resource/authority/"
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
ADMS = Namespace("http://www.w3.org/ns/adms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SPDX = Namespace("http://spdx.org/rdf/terms#")

FREQUENCIES = {
    UpdateCycle.REAL_TIME: "UPDATE_CONT",
    UpdateCycle.DAILY: "DAILY",
    UpdateCycle.WEEKLY: "WEEKLY",
    UpdateCycle.MONTHLY: "MONTHLY",
    UpdateCycle.QUARTERLY: "QUARTERLY",
    UpdateCycle.HALF_YEARLY: "ANNUAL_2",
    UpdateCycle.YEARLY: "ANNUAL",
    UpdateCycle.IRREGULAR: "IRREG",
    UpdateCycle.OTHER: "OTHER",
}
LANGUAGES = {"zh-CN": "ZHO", "zh": "ZHO", "en": "ENG"}

LICENCES = {
    "cc-by-4.0": "CC_BY_4_0",
    "cc-by-sa-4.0": "CC_BYSA_4_0",
    "cc0-1.0": "CC0",
    "odc-by-1.0": "ODC_BY",
}

FILES = {
    ExportFormat.CSV: ("CSV", "text/csv"),
    ExportFormat.JSON: ("JSON", "application/json"),
    ExportFormat.PARQUET: ("PARQUET", "application/vnd.apache.parquet"),
}

THEMES = {
    "OffStreetParking": "TRAN", "Vehicle": "TRAN", "RoadSegment": "TRAN", "TrafficFlowObserved": "TRAN",
    "AirQualityObserved": "ENVI", "WaterQualityObserved": "ENVI", "PointOfInterest": "SOCI", "Hospital": "HEAL",
    "ServiceRequest": "GOVE", "GovernmentService": "GOVE",
}  # fmt: skip
"""Data model -> data theme."""

CLASSES = {
    "access-right": DCTERMS.RightsStatement,
    "data-theme": SKOS.Concept,
    "distribution-status": SKOS.Concept,
    "file-type": DCTERMS.MediaTypeOrExtent,
    "frequency": DCTERMS.Frequency,
    "language": DCTERMS.LinguisticSystem,
    "licence": DCTERMS.LicenseDocument,
    "planned-availability": SKOS.Concept,
}
"""Authority table -> the class that DCAT-AP's ranges ask of its words."""

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": str(VCARD), "xsd": "http://www.w3.org/2001/XMLSchema#", "adms": str(ADMS), "hydra": str(HYDRA),
    "dcatap": str(DCATAP), "spdx": str(SPDX), "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}  # fmt: skip
"""Prefixes; also the @context, so that nobody has to fetch one."""


def authority(table: str, code: str) -> URIRef:
    return URIRef(f"{EU}{table}/{code}")


def media_type(name: str) -> URIRef:
    return URIRef(f"https://www.iana.org/assignments/media-types/{name}")
