"""Roles as data: what each may do everywhere in its tenant, in its own organisation, or only where it is open.

The three administrators (三员) of GB/T 22239 check each other, so no account may hold two of them.
"""

from dataclasses import dataclass
from enum import IntEnum


class Reach(IntEnum):
    """How far a permission goes; the widest of an actor's roles counts."""

    NONE = 0
    OPEN = 1
    ORGANISATION = 2
    TENANT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """`hands_of`: the post whose tasks this one does in person; of them it moves what is nobody's or its own."""

    name: str
    zh: str
    en: str
    tenant: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    administrator: bool = False
    hands_of: str | None = None

    def reach(self, action: str) -> Reach:
        if action in self.tenant:
            return Reach.TENANT
        if action in self.organisation:
            return Reach.ORGANISATION
        return Reach.OPEN if action in self.open else Reach.NONE


_SEEING = (
    "organisation.read",
    "catalogue.read",
    "standard.read",
    "quality.read",
    "map.read",
    "entity.read",
    "fusion.read",
    "indicator.read",
    "pack.read",
)
_DATA = (
    *_SEEING,
    *(
        "dataset.read",
        "dataset.import",
        "dataset.manage",
        "source.read",
        "source.manage",
        "source.push",
        "quality.mend",
        "rule.manage",
        "indicator.manage",
    ),
    *(
        "standard.manage",
        "mapping.manage",
        "catalogue.manage",
        "grade.confirm",
        "entity.write",
        "subscription.read",
        "subscription.manage",
        "fusion.decide",
    ),
    *("trace.read", "token.manage", "query.run"),
    *("share.read", "share.request", "share.answer", "share.decide"),
    *("case.read", "case.manage", "workflow.read", "workflow.manage", "score.read", "score.manage"),
    *("act_rule.read", "act_rule.manage", "node.read", "pack.manage", "booking.make"),
)
_OF_ONES_OWN = (
    *("dataset.read", "dataset.import", "dataset.manage", "quality.read", "quality.mend"),
    *("source.read", "source.manage", "source.push", "rule.manage", "mapping.manage"),
    *("catalogue.read", "catalogue.manage", "entity.read", "map.read", "fusion.read", "trace.read"),
    *("share.read", "share.request", "share.answer", "share.use"),
)
"""Without the writing of entities, which may be of any dataset: who brings a department's entities pushes into its source."""

_OPERATING = (
    *("dataset.read", "dataset.import", "source.read", "source.manage", "source.push", "entity.write"),
    *("trace.read", "subscription.read", "subscription.manage", "act_rule.read"),
    *("system.read", "job.manage", "backup.run", "evidence.verify", "token.manage", "query.run"),
)

_DESK = (
    *(
        "organisation.read",
        "catalogue.read",
        "standard.read",
        "map.read",
        "entity.read",
        "indicator.read",
        "pack.read",
    ),
    *("case.read", "case.classify", "work.act", "workflow.read", "act_rule.read"),
)
"""Posts of the event centre (一网统管): each sees every case and does what its post may; the workflow says what that is."""

ROLES: tuple[Role, ...] = (
    Role(
        name="system_admin", zh="系统管理员", en="System administrator", administrator=True,
        tenant=("account.read", "account.manage", "role.assign", "organisation.read", "organisation.manage", "system.read", "job.manage", "backup.run", "setting.manage", "demo.leave", "token.manage", "node.read", "node.manage"),
    ),
    Role(
        name="security_admin", zh="安全管理员", en="Security administrator", administrator=True,
        tenant=("account.read", "role.assign", "role.grant", "organisation.read", "system.read", "grade.confirm", "catalogue.read"),
    ),
    Role(
        name="audit_admin", zh="审计管理员", en="Audit administrator", administrator=True,
        tenant=("evidence.read", "evidence.verify", "organisation.read", "system.read", "trace.read", "share.read", "node.read"),
    ),
    Role(name="data_officer", zh="数据管理员", en="Data officer", tenant=_DATA),
    Role(
        name="department_officer", zh="部门数据员", en="Department officer",
        tenant=("organisation.read", "standard.read", "token.manage", "query.run", "pack.read"), organisation=_OF_ONES_OWN,
    ),
    Role(name="operator", zh="运行维护员", en="Operator", tenant=(*_SEEING, *_OPERATING)),
    Role(
        name="field_worker", zh="现场处置员", en="Field worker", hands_of="handler", organisation=("case.read",),
        tenant=("organisation.read", "catalogue.read", "standard.read", "map.read", "entity.read", "work.act", "workflow.read"),
    ),
    Role(name="citizen", zh="市民", en="Citizen", open=("catalogue.read", "dataset.read", "map.read", "entity.read", "booking.make")),
    Role(
        name="company", zh="企业", en="Company",
        tenant=("token.manage", "query.run"), organisation=("share.read", "share.request", "share.use"), open=("catalogue.read", "dataset.read", "map.read", "entity.read", "standard.read", "booking.make"),
    ),
    Role(name="viewer", zh="只读用户", en="Viewer", tenant=_SEEING),
    Role(name="acceptor", zh="受理员", en="Acceptor", tenant=(*_DESK, "booking.make")),
    Role(name="shift_chief", zh="值班长", en="Shift chief", tenant=(*_DESK, "act_rule.manage", "case.hand_over")),
    Role(name="dispatcher", zh="派遣员", en="Dispatcher", tenant=_DESK),
    Role(
        name="handler", zh="处置员", en="Handler", organisation=("case.read",),
        tenant=("organisation.read", "standard.read", "map.read", "entity.read", "case.classify", "work.act", "workflow.read"),
    ),
    Role(name="patroller", zh="监督员", en="Patroller", tenant=_DESK),
    Role(name="callback_agent", zh="回访员", en="Call-back agent", tenant=_DESK),
    Role(name="supervisor", zh="督办员", en="Supervisor", tenant=(*_DESK, "score.read", "case.hand_over")),
)  # fmt: skip

ROLE_BY_NAME: dict[str, Role] = {role.name: role for role in ROLES}
HANDS: dict[str, str] = {role.name: role.hands_of for role in ROLES if role.hands_of is not None}
ADMINISTRATORS = frozenset(role.name for role in ROLES if role.administrator)
ANONYMOUS = Role(
    name="anonymous", zh="未登录", en="Nobody known", open=("catalogue.read", "dataset.read", "map.read")
)
