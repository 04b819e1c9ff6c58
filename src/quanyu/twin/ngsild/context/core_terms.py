"""The terms of the NGSI-LD core @context, by the version that brought them (ETSI GS CIM 009, annex B).

`TERMS` is their union. A term that a later version dropped stays known, so that no stored name changes its meaning
when a client names another version.
"""

NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
GEOJSON = "https://purl.org/geojson/vocab#"
DEFAULT_VOCABULARY = NGSI_LD + "default-context/"
CORE_URL = NGSI_LD + "v1/ngsi-ld-core-context-v1.9.jsonld"
VERSIONS = ("1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9")
PREFIXES = {"ngsi-ld": NGSI_LD, "geojson": GEOJSON}

_SAME_NAME = {
    "1.3": """
        Attribute AttributeList ContextSourceNotification ContextSourceRegistration Date DateTime EntityType
        EntityTypeInfo EntityTypeList GeoProperty Notification Property Relationship Subscription TemporalProperty Time
        accept attributeCount attributeDetails attributeList attributeName attributeNames attributeTypes attributes
        createdAt csf data datasetId detail endAt endTimeAt endpoint entities entityCount entityId error errors
        expiresAt format geoQ geoproperty georel idPattern information instanceId isActive lastFailure lastNotification
        lastSuccess location managementInterval modifiedAt notification notifiedAt observationInterval observationSpace
        observedAt operationSpace propertyNames q reason registrationName relationshipNames startAt status
        subscriptionId subscriptionName success temporalQ tenant throttling timeAt timeInterval timeproperty timerel
        timesSent triggerReason typeList typeName typeNames unchanged unitCode updated uri watchedAttributes""",
    "1.5": """
        LanguageProperty attrs avg distinctCount lang max min scope scopeQ stddev sum sumsq totalCount""",
    "1.7": """
        VocabularyProperty cacheDuration contextSourceInfo cooldown deletedAt localOnly management mode
        notificationTrigger notifierInfo notUpdated operations receiverInfo refreshRate registrationId showChanges
        sysAttrs timeout timesFailed""",
    "1.8": """
        ContextSourceIdentity JsonProperty ListProperty ListRelationship VocabProperty contextSourceAlias
        contextSourceExtras contextSourceTimeAt contextSourceUptime entity entityList join jsons linkedMaps""",
    "1.9": """
        EntityMap ExecutionResultDetails Snapshot SnapshotNotification aggrParams aggrMethods aggrPeriodDuration
        collation expandValues jsonKeys jsonldContext lastN lastUsedAt ngsildproof ngsildConformance omit orderBy
        ordering pick problemDetails resultStatus snapshotId snapshotLifetime snapshotPriority snapshotQueries
        snapshotQueriesDetails snapshotStatus snapshotTemporalQueries snapshotTemporalQueriesDetails""",
}
_OTHER_NAME = {
    "1.3": """
        Feature=geojson:Feature FeatureCollection=geojson:FeatureCollection GeometryCollection=geojson:GeometryCollection
        LineString=geojson:LineString MultiLineString=geojson:MultiLineString MultiPoint=geojson:MultiPoint
        MultiPolygon=geojson:MultiPolygon Point=geojson:Point Polygon=geojson:Polygon bbox=geojson:bbox
        coordinates=geojson:coordinates features=geojson:features geometry=geojson:geometry
        properties=geojson:properties description=http://purl.org/dc/terms/description
        title=http://purl.org/dc/terms/title object=ngsi-ld:hasObject objects=ngsi-ld:hasObjects
        value=ngsi-ld:hasValue values=ngsi-ld:hasValues""",
    "1.5": "languageMap=ngsi-ld:hasLanguageMap",
    "1.7": """
        dataset=ngsi-ld:hasDataset key=ngsi-ld:hasKey languageMaps=ngsi-ld:hasLanguageMaps
        previousLanguageMap=ngsi-ld:hasPreviousLanguageMap previousObject=ngsi-ld:hasPreviousObject
        previousValue=ngsi-ld:hasPreviousValue previousVocab=ngsi-ld:hasPreviousVocab vocab=ngsi-ld:hasVocab
        vocabs=ngsi-ld:hasVocabs""",
    "1.8": """
        containedBy=ngsi-ld:isContainedBy entityMap=ngsi-ld:hasEntityMap joinLevel=ngsi-ld:hasJoinLevel
        json=ngsi-ld:hasJSON objectList=ngsi-ld:hasObjectList objectsLists=ngsi-ld:hasObjectsLists
        objectType=ngsi-ld:hasObjectType previousJson=ngsi-ld:hasPreviousJson
        previousObjectList=ngsi-ld:hasPreviousObjectList previousValueList=ngsi-ld:hasPreviousValueList
        valueList=ngsi-ld:hasValueList valueLists=ngsi-ld:hasValueLists""",
    "1.9": """
        entityMapLifetime=ngsi-ld:hasEntityMapLifetime objectLists=ngsi-ld:hasObjectLists
        langString=http://www.w3.org/1999/02/22-rdf-syntax-ns#langString splitEntities=ngsi-ld:hasSplitEntities
        valueType=ngsi-ld:hasValueType""",
}
_DROPPED = {"1.8": {"VocabularyProperty"}, "1.9": {"objectsLists"}}


def added_in(version: str) -> dict[str, str]:
    """Term to IRI, of the terms that this version brought."""
    found = {term: NGSI_LD + term for term in _SAME_NAME.get(version, "").split()}
    for pair in _OTHER_NAME.get(version, "").split():
        term, _, name = pair.partition("=")
        prefix, _, rest = name.partition(":")
        found[term] = PREFIXES[prefix] + rest if prefix in PREFIXES else name
    return found


def terms_of(version: str) -> dict[str, str]:
    """All terms of one published version."""
    known: dict[str, str] = {}
    for one in VERSIONS[: VERSIONS.index(version) + 1]:
        known |= added_in(one)
        known = {term: iri for term, iri in known.items() if term not in _DROPPED.get(one, ())}
    return known


def core_url(version: str) -> str:
    return f"{NGSI_LD}v1/ngsi-ld-core-context-v{version}.jsonld"


TERMS = {term: iri for version in VERSIONS for term, iri in added_in(version).items()}
CORE_URLS = frozenset({*map(core_url, VERSIONS), NGSI_LD + "v1/ngsi-ld-core-context.jsonld"})
