"""Which mapping an import uses: the dataset's own, else the one proposed."""

import msgspec

from quanyu.core.errors import Invalid
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.engine.model import EngineJob, EntityMapping
from quanyu.govern.engine.wanted import CONTENT_KEY
from quanyu.govern.mapping.entity import entity_mapping
from quanyu.govern.mapping.model import Part
from quanyu.govern.mapping.offline import propose_offline


def choose_mapping(
    job: EngineJob, profiles: tuple[ColumnProfile, ...], key: tuple[str, ...], *, crs: str | None
) -> tuple[EntityMapping | None, msgspec.Raw]:
    """With the proposal as JSON. `crs` is declared or detected. Records with a place but without a key are known by their content."""
    columns = {profile.name for profile in profiles}
    if job.mapping is not None and set(_needed(job.mapping)) <= columns | set(CONTENT_KEY):
        _check_time(job.mapping, profiles)
        return job.mapping, msgspec.Raw(b"null")
    if not job.propose_mapping or not profiles:
        return None, msgspec.Raw(b"null")
    proposal = propose_offline(profiles, dataset=job.dataset, model=job.model, crs=crs, own=job.models)
    mapping = proposal.mapping
    if not mapping.key:
        has_place = any(mapped.part in set(Part) for mapped in mapping.columns)
        mapping = msgspec.structs.replace(mapping, key=key or (CONTENT_KEY if has_place else ()))
    return entity_mapping(mapping), msgspec.Raw(msgspec.json.encode(proposal))


def _check_time(mapping: EntityMapping, profiles: tuple[ColumnProfile, ...]) -> None:
    """A column that held times and holds other texts now: no entity could be told when it was so."""
    types = {profile.name: profile.type for profile in profiles}
    if mapping.time in types and types[mapping.time] not in (ValueType.DATE, ValueType.DATETIME):
        raise Invalid("govern.mapping.time_type", column=mapping.time)


def _needed(mapping: EntityMapping) -> list[str]:
    places = (mapping.longitude, mapping.latitude, mapping.geometry, mapping.time)
    return [*mapping.key, *(column for column in places if column)]
