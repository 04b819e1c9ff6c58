"""Entries as a DCAT-AP 3 graph. The node's own addresses name the things; `base` has no slash at its end."""

from collections.abc import Sequence
from urllib.parse import quote

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDFS, SKOS, XSD

from quanyu.govern.catalogue.dcat.vocabulary import (
    ADMS,
    CLASSES,
    CONTEXT,
    DCATAP,
    FILES,
    FREQUENCIES,
    HYDRA,
    LANGUAGES,
    LICENCES,
    SPDX,
    THEMES,
    VCARD,
    authority,
    media_type,
)
from quanyu.govern.catalogue.model import Contact, Entry
from quanyu.govern.catalogue.open_files import Listed, OpenFile
from quanyu.govern.imports.export import ExportFormat

_VERSION = URIRef(f"{DCAT}version")  # of DCAT 3, which rdflib does not list yet
_GEOJSON = URIRef("https://www.iana.org/assignments/media-types/application/vnd.geo+json")


def empty() -> Graph:
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in CONTEXT.items():
        graph.bind(prefix, namespace)
    return graph


def catalogue(
    listed: Listed, *, base: str, publisher: str, total: int, page: str, following: str | None
) -> Graph:
    """One page of the catalogue; `page` is its address, `following` the next one's (Hydra)."""
    graph = empty()
    node = URIRef(f"{base}/catalog")
    graph.add((node, RDF.type, DCAT.Catalog))
    graph.add((node, DCTERMS.title, Literal("全域数据目录", lang="zh")))
    graph.add((node, DCTERMS.title, Literal("Quanyu data catalogue", lang="en")))
    graph.add((node, DCTERMS.description, Literal("本节点公开的政务数据目录", lang="zh")))
    graph.add((node, DCTERMS.publisher, _agent(graph, base, "node", publisher)))
    graph.add((node, DCTERMS.language, _authority(graph, "language", "ZHO")))
    graph.add((node, FOAF.homepage, URIRef(base + "/")))
    graph.add((URIRef(base + "/"), RDF.type, FOAF.Document))
    for entry, files in listed:
        graph.add((node, DCAT.dataset, dataset(graph, entry, files, base=base)))
    _paged(graph, base, total=total, page=page, following=following)
    return graph


def dataset(graph: Graph, entry: Entry, files: Sequence[OpenFile] = (), *, base: str) -> URIRef:
    """Adds the entry to `graph` and returns its node. Its records as they are now are given beside the files that stay as they are."""
    said = entry.description
    node = _dataset_node(base, entry.name)
    language = said.language[:2] or "zh"
    graph.add((node, RDF.type, DCAT.Dataset))
    graph.add((node, DCTERMS.title, Literal(said.title, lang=language)))
    graph.add((node, DCTERMS.description, Literal(said.abstract or said.title, lang=language)))
    graph.add((node, DCTERMS.identifier, Literal(entry.resource_code)))
    graph.add((node, DCTERMS.issued, _instant(entry.published or entry.created)))
    graph.add((node, DCTERMS.modified, _instant(entry.modified)))
    graph.add(
        (node, DCTERMS.accrualPeriodicity, _authority(graph, "frequency", FREQUENCIES[said.update_cycle]))
    )
    graph.add(
        (
            node,
            DCTERMS.accessRights,
            _authority(graph, "access-right", "PUBLIC" if entry.is_open_data else "RESTRICTED"),
        )
    )
    graph.add((node, DCTERMS.publisher, _publisher(graph, entry, base)))
    graph.add((node, DCAT.landingPage, _document(graph, f"{base}/catalog/{quote(entry.name)}")))
    graph.add((node, _VERSION, Literal(str(entry.version))))
    _described_more(graph, node, entry, language)
    for format_ in ExportFormat:
        graph.add((node, DCAT.distribution, _live(graph, entry, format_, base)))
    for file in files:
        graph.add((node, DCAT.distribution, _file(graph, entry, file, base)))
    return node


def _described_more(graph: Graph, node: URIRef, entry: Entry, language: str) -> None:
    said = entry.description
    for keyword in said.keywords:
        graph.add((node, DCAT.keyword, Literal(keyword, lang=language)))
    if code := LANGUAGES.get(said.language):
        graph.add((node, DCTERMS.language, _authority(graph, "language", code)))
    if theme := THEMES.get(entry.facts.model or ""):
        graph.add((node, DCAT.theme, _authority(graph, "data-theme", theme)))
    if said.alias:
        graph.add((node, SKOS.altLabel, Literal(said.alias, lang=language)))
    if said.contact != Contact():
        graph.add((node, DCAT.contactPoint, _contact(graph, said.contact)))
    if said.period.start or said.period.end:
        graph.add((node, DCTERMS.temporal, _period(graph, entry)))
    if said.region or entry.facts.box:
        graph.add((node, DCTERMS.spatial, _place(graph, entry)))


def _live(graph: Graph, entry: Entry, format_: ExportFormat, base: str) -> URIRef:
    """Made when somebody asks, so that no checksum would hold."""
    node = URIRef(f"{_dataset_node(base, entry.name)}#{format_}")
    graph.add((node, DCTERMS.title, Literal(f"{entry.description.title} ({format_})")))
    _add_licence(graph, node, entry.description.licence)
    address = f"{base}/api/v1/datasets/{quote(entry.name)}/export.{format_}"
    return _distribution(graph, node, format_, address)


def _file(graph: Graph, entry: Entry, file: OpenFile, base: str) -> URIRef:
    """With size, SHA-256, version, licence and whom to name (as a statement of rights)."""
    node = URIRef(f"{_dataset_node(base, entry.name)}#{file.format}-{file.version}")
    graph.add((node, DCTERMS.title, Literal(f"{entry.description.title} ({file.format}, {file.version})")))
    graph.add((node, _VERSION, Literal(str(file.version))))
    graph.add((node, DCTERMS.issued, _instant(file.at)))
    graph.add((node, DCAT.byteSize, Literal(file.bytes, datatype=XSD.nonNegativeInteger)))
    graph.add((node, SPDX.checksum, _checksum(graph, file)))
    _add_licence(graph, node, file.licence)
    if file.attribution:
        graph.add((node, DCTERMS.rights, _rights(graph, file.attribution)))
    return _distribution(graph, node, file.format, base + file.path)


def _checksum(graph: Graph, file: OpenFile) -> BNode:
    node = BNode()
    graph.add((node, RDF.type, SPDX.Checksum))
    graph.add((node, SPDX.algorithm, SPDX.checksumAlgorithm_sha256))
    graph.add((SPDX.checksumAlgorithm_sha256, RDF.type, SPDX.ChecksumAlgorithm))
    graph.add((node, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)))
    return node


def _rights(graph: Graph, attribution: str) -> BNode:
    node = BNode()
    graph.add((node, RDF.type, DCTERMS.RightsStatement))
    graph.add((node, RDFS.label, Literal(attribution)))
    return node


def _add_licence(graph: Graph, node: URIRef, licence: str) -> None:
    if code := LICENCES.get(licence.lower()):
        graph.add((node, DCTERMS.license, _authority(graph, "licence", code)))


def _distribution(graph: Graph, node: URIRef, format_: ExportFormat, address: str) -> URIRef:
    file_type, media = FILES[format_]
    graph.add((node, RDF.type, DCAT.Distribution))
    graph.add((URIRef(address), RDF.type, RDFS.Resource))
    graph.add((node, DCAT.accessURL, URIRef(address)))
    graph.add((node, DCAT.downloadURL, URIRef(address)))
    graph.add((node, DCTERMS["format"], _authority(graph, "file-type", file_type)))
    graph.add((node, DCAT.mediaType, _media_type(graph, media)))
    graph.add((node, DCATAP.availability, _authority(graph, "planned-availability", "STABLE")))
    graph.add((node, ADMS.status, _authority(graph, "distribution-status", "COMPLETED")))
    return node


def _publisher(graph: Graph, entry: Entry, base: str) -> URIRef:
    said = entry.description
    code = said.organisation or "node"
    return _agent(graph, base, code, said.organisation_name or code)


def _agent(graph: Graph, base: str, code: str, name: str) -> URIRef:
    node = URIRef(f"{base}/catalog/organisation/{quote(code)}")
    graph.add((node, RDF.type, FOAF.Agent))
    graph.add((node, FOAF.name, Literal(name)))
    return node


def _contact(graph: Graph, contact: Contact) -> BNode:
    node = BNode()
    graph.add((node, RDF.type, VCARD.Kind))
    graph.add((node, VCARD.fn, Literal(contact.name or contact.email or contact.phone)))
    if contact.email:
        graph.add((node, VCARD.hasEmail, URIRef("mailto:" + quote(contact.email, safe="@"))))
    if contact.phone:
        graph.add((node, VCARD.hasTelephone, URIRef("tel:" + quote(contact.phone.replace(" ", "")))))
    return node


def _period(graph: Graph, entry: Entry) -> BNode:
    node = BNode()
    graph.add((node, RDF.type, DCTERMS.PeriodOfTime))
    for predicate, day in (
        (DCAT.startDate, entry.description.period.start),
        (DCAT.endDate, entry.description.period.end),
    ):
        if day:
            graph.add((node, predicate, Literal(day, datatype=XSD.date)))
    return node


def _place(graph: Graph, entry: Entry) -> BNode:
    node = BNode()
    graph.add((node, RDF.type, DCTERMS.Location))
    if entry.description.region:
        graph.add((node, DCTERMS.identifier, Literal(entry.description.region)))
    if entry.facts.box:
        west, south, east, north = entry.facts.box
        ring = f"[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]"
        graph.add(
            (node, DCAT.bbox, Literal(f'{{"type":"Polygon","coordinates":[{ring}]}}', datatype=_GEOJSON))
        )
    return node


def _authority(graph: Graph, table: str, code: str) -> URIRef:
    """A word of an authority table with its class, which nobody should have to fetch to check the graph."""
    node = authority(table, code)
    graph.add((node, RDF.type, CLASSES[table]))
    if CLASSES[table] == SKOS.Concept:
        graph.add((node, SKOS.prefLabel, Literal(code.replace("_", " ").capitalize(), lang="en")))
    return node


def _media_type(graph: Graph, name: str) -> URIRef:
    node = media_type(name)
    graph.add((node, RDF.type, DCTERMS.MediaType))
    return node


def _document(graph: Graph, address: str) -> URIRef:
    node = URIRef(address)
    graph.add((node, RDF.type, FOAF.Document))
    return node


def _paged(graph: Graph, base: str, *, total: int, page: str, following: str | None) -> None:
    node = URIRef(page)
    graph.add((node, RDF.type, HYDRA.PartialCollectionView))
    graph.add((node, HYDRA.totalItems, Literal(total)))
    graph.add((node, HYDRA.first, URIRef(f"{base}/catalog")))
    if following:
        graph.add((node, HYDRA.next, URIRef(following)))


def _instant(at: object) -> Literal:
    return Literal(at, datatype=XSD.dateTime)


def _dataset_node(base: str, name: str) -> URIRef:
    return URIRef(f"{base}/catalog/{quote(name)}#dataset")
