"""What other brokers know of the past of an entity, with what is known here (ETSI GS CIM 009, 4.5.5, 5.7.3.4, 5.7.4.4). Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from quanyu.twin.history.instances import Instance
from quanyu.twin.history.interval import TimeProperty
from quanyu.twin.history.known import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """`entity` as they have it. `auxiliary` instances count only at moments that nobody else tells of.

    `here`: which attributes are told of here, too.
    """

    entity: Known
    instances: tuple[Instance, ...] = ()
    auxiliary: tuple[Instance, ...] = ()
    here: Callable[[str], bool] = lambda name: True

    def entity_with(self, own: Known) -> Known:
        return replace(own, types=tuple(dict.fromkeys((*own.types, *self.entity.types))))

    def instances_with(self, own: Iterable[Instance], by: TimeProperty | None) -> list[Instance]:
        """Of two at one moment the one that is here stays, or that of the first source."""
        made = {_moment(one): one for one in own if self.here(one.name)}
        for one in self.instances:
            made.setdefault(_moment(one), one)
        told = {(one.name, one.dataset, one.time(by)) for one in made.values()}
        more = [one for one in self.auxiliary if (one.name, one.dataset, one.time(by)) not in told]
        return [*made.values(), *more]


def _moment(one: Instance) -> tuple[object, ...]:
    return one.name, one.dataset, one.observed or (one.position, one.received), one.deleted
