"""The operations that a registration may name, and their groups (ETSI GS CIM 009, 4.20)."""

from enum import StrEnum


class Action(StrEnum):
    """Table 4.20-1: the name under which an operation of the API is registered."""

    CREATE_ENTITY = "createEntity"
    UPDATE_ENTITY = "updateEntity"
    APPEND_ATTRS = "appendAttrs"
    UPDATE_ATTRS = "updateAttrs"
    DELETE_ATTRS = "deleteAttrs"
    DELETE_ENTITY = "deleteEntity"
    CREATE_BATCH = "createBatch"
    UPSERT_BATCH = "upsertBatch"
    UPDATE_BATCH = "updateBatch"
    DELETE_BATCH = "deleteBatch"
    UPSERT_TEMPORAL = "upsertTemporal"
    APPEND_ATTRS_TEMPORAL = "appendAttrsTemporal"
    DELETE_ATTRS_TEMPORAL = "deleteAttrsTemporal"
    UPDATE_ATTR_INSTANCE_TEMPORAL = "updateAttrInstanceTemporal"
    DELETE_ATTR_INSTANCE_TEMPORAL = "deleteAttrInstanceTemporal"
    DELETE_TEMPORAL = "deleteTemporal"
    MERGE_ENTITY = "mergeEntity"
    REPLACE_ENTITY = "replaceEntity"
    REPLACE_ATTRS = "replaceAttrs"
    MERGE_BATCH = "mergeBatch"
    PURGE_ENTITY = "purgeEntity"
    RETRIEVE_ENTITY = "retrieveEntity"
    QUERY_ENTITY = "queryEntity"
    QUERY_BATCH = "queryBatch"
    RETRIEVE_TEMPORAL = "retrieveTemporal"
    QUERY_TEMPORAL = "queryTemporal"
    RETRIEVE_ENTITY_TYPES = "retrieveEntityTypes"
    RETRIEVE_ENTITY_TYPE_DETAILS = "retrieveEntityTypeDetails"
    RETRIEVE_ENTITY_TYPE_INFO = "retrieveEntityTypeInfo"
    RETRIEVE_ATTR_TYPES = "retrieveAttrTypes"
    RETRIEVE_ATTR_TYPE_DETAILS = "retrieveAttrTypeDetails"
    RETRIEVE_ATTR_TYPE_INFO = "retrieveAttrTypeInfo"
    CREATE_SUBSCRIPTION = "createSubscription"
    UPDATE_SUBSCRIPTION = "updateSubscription"
    RETRIEVE_SUBSCRIPTION = "retrieveSubscription"
    QUERY_SUBSCRIPTION = "querySubscription"
    DELETE_SUBSCRIPTION = "deleteSubscription"
    RETRIEVE_ENTITY_MAP = "retrieveEntityMap"
    UPDATE_ENTITY_MAP = "updateEntityMap"
    DELETE_ENTITY_MAP = "deleteEntityMap"
    CREATE_ENTITY_MAP_QUERY_ENTITY = "createEntityMapQueryEntity"
    CREATE_ENTITY_MAP_QUERY_TEMPORAL = "createEntityMapQueryTemporal"
    RETRIEVE_CONTEXT_SOURCE_IDENTITY = "retrieveContextSourceIdentity"


_DISCOVERY = frozenset(
    {
        Action.RETRIEVE_ENTITY_TYPES,
        Action.RETRIEVE_ENTITY_TYPE_DETAILS,
        Action.RETRIEVE_ENTITY_TYPE_INFO,
        Action.RETRIEVE_ATTR_TYPES,
        Action.RETRIEVE_ATTR_TYPE_DETAILS,
        Action.RETRIEVE_ATTR_TYPE_INFO,
    }
)
_ENTITY_MAPS = frozenset(
    {
        Action.CREATE_ENTITY_MAP_QUERY_ENTITY,
        Action.RETRIEVE_ENTITY_MAP,
        Action.UPDATE_ENTITY_MAP,
        Action.DELETE_ENTITY_MAP,
    }
)
_SUBSCRIPTIONS = frozenset(
    {
        Action.CREATE_SUBSCRIPTION,
        Action.UPDATE_SUBSCRIPTION,
        Action.RETRIEVE_SUBSCRIPTION,
        Action.QUERY_SUBSCRIPTION,
        Action.DELETE_SUBSCRIPTION,
    }
)
_RETRIEVE = frozenset({Action.RETRIEVE_ENTITY, Action.QUERY_ENTITY})
_UPDATE = frozenset({Action.UPDATE_ENTITY, Action.UPDATE_ATTRS, Action.REPLACE_ENTITY, Action.REPLACE_ATTRS})

DEFAULT_GROUP = "federationOps"

_ASSOCIATION = (
    _RETRIEVE | {Action.QUERY_BATCH, Action.RETRIEVE_CONTEXT_SOURCE_IDENTITY} | _DISCOVERY | _SUBSCRIPTIONS
)

GROUPS: dict[str, frozenset[Action]] = {
    DEFAULT_GROUP: _ASSOCIATION | _ENTITY_MAPS,
    "associationOps": _ASSOCIATION,
    "updateOps": _UPDATE,
    "retrieveOps": _RETRIEVE,
    "redirectionOps": _RETRIEVE
    | _UPDATE
    | _DISCOVERY
    | _ENTITY_MAPS
    | {
        Action.CREATE_ENTITY,
        Action.APPEND_ATTRS,
        Action.DELETE_ATTRS,
        Action.DELETE_ENTITY,
        Action.MERGE_ENTITY,
        Action.PURGE_ENTITY,
        Action.RETRIEVE_CONTEXT_SOURCE_IDENTITY,
    },
}
"""Table 4.20-2."""

AUXILIARY = _RETRIEVE | _DISCOVERY | {Action.QUERY_BATCH, Action.RETRIEVE_TEMPORAL, Action.QUERY_TEMPORAL}
"""All that an auxiliary registration may offer (4.3.6.2): the consumption of 5.7. It never takes part in a change."""

NAMES = frozenset(Action) | GROUPS.keys()


def expanded(names: tuple[str, ...]) -> frozenset[Action]:
    """Every action that operations and groups of `NAMES` stand for."""
    found: set[Action] = set()
    for name in names:
        found |= GROUPS[name] if name in GROUPS else {Action(name)}
    return frozenset(found)
