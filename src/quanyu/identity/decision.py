"""May they? The one question behind every route, answered with its reason and without looking anything up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quanyu.core.actor import Actor, ActorKind, Resource
from quanyu.core.errors import Denied
from quanyu.core.messages import DEFAULT_LANGUAGE, text
from quanyu.identity.actions import ACTION_BY_NAME, Access, Action
from quanyu.identity.roles import ANONYMOUS, ROLE_BY_NAME, ROLES, Reach, Role

_TITLED: Mapping[tuple[str, object], Action | Role] = {
    **{("action", name): action for name, action in ACTION_BY_NAME.items()},
    **{("role", name): role for name, role in ROLE_BY_NAME.items()},
}
_HOLDERS = {
    name: tuple(role.name for role in ROLES if role.reach(name) > Reach.OPEN) for name in ACTION_BY_NAME
}
"""The roles that somebody who is refused can ask for."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is a message key; `reach` tells a list how to filter its rows."""

    allowed: bool
    reason: str
    reach: Reach = Reach.NONE
    values: dict[str, object] = field(default_factory=dict)

    def text(self, language: str = DEFAULT_LANGUAGE, **known: str) -> str:
        """Actions, roles and kinds by their titles: no code says anything to people. `known` are values by a better name."""
        said = {name: _title(name, value, language) for name, value in self.values.items()}
        return text(self.reason, language, **(said | known))


class AccessDenied(Denied):
    """A refusal that knows who wanted what, so that the one place that answers it can also record it."""

    def __init__(self, actor: Actor, action: str, resource: Resource, decision: Decision) -> None:
        super().__init__(decision.reason, **decision.values)
        self.actor, self.action, self.resource, self.decision = actor, action, resource, decision

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        return self.decision.text(language)


def allowed(actor: Actor, action: str, resource: Resource) -> Decision:
    """Deny unless a rule allows. The tenant is looked at first: nobody, not even the node, reaches into another."""
    row = ACTION_BY_NAME.get(action)
    if row is None:
        return _no("unknown_action", action=action)
    if resource.tenant and resource.tenant != actor.tenant:
        return _no("other_tenant", kind=resource.kind)
    if row.access is Access.ANYONE:
        return _yes("anyone", Reach.TENANT)
    if actor.kind is ActorKind.SYSTEM:
        return _yes("node", Reach.TENANT, part=actor.name)
    if row.access is Access.SIGNED_IN:
        return _yes("signed_in", Reach.TENANT) if actor.kind is ActorKind.ACCOUNT else _no("sign_in")
    if actor.must_change_password:
        return _no("must_change_password")
    if actor.scopes is not None and action not in actor.scopes:
        return _no("scope", scope=action)
    return _by_role(actor, action, resource)


def check(actor: Actor, action: str, resource: Resource) -> Decision:
    """The decision, or AccessDenied."""
    decision = allowed(actor, action, resource)
    if not decision.allowed:
        raise AccessDenied(actor, action, resource, decision)
    return decision


def allowed_actions(actor: Actor) -> tuple[str, ...]:
    """The actions that are open to this actor for at least some resource; a portal shows its pages by them."""
    return tuple(
        name for name, row in ACTION_BY_NAME.items() if allowed(actor, name, Resource(row.kind)).allowed
    )


def _by_role(actor: Actor, action: str, resource: Resource) -> Decision:
    role = max(_roles(actor), key=lambda role: role.reach(action))
    match role.reach(action):
        case Reach.TENANT:
            return _yes("role", Reach.TENANT, role=role.name, action=action)
        case Reach.ORGANISATION:
            return _in_organisation(actor, role, action, resource)
        case Reach.OPEN if resource.open or _whole_kind(resource):
            return _yes("open", Reach.OPEN)
        case Reach.OPEN:
            return _no("not_open", kind=resource.kind, id=resource.id)
    if actor.kind is ActorKind.ANONYMOUS:
        return _no("sign_in")
    return _no("no_role", action=action, roles=_HOLDERS[action])


def _in_organisation(actor: Actor, role: Role, action: str, resource: Resource) -> Decision:
    """Without an organisation of the actor's own, only what is open is left, as for anybody."""
    owner = resource.organisation
    if owner is None and _whole_kind(resource):
        return _yes("own_rows", Reach.ORGANISATION, role=role.name)
    if owner is not None and owner in {actor.organisation, *actor.organisations}:
        return _yes("own_organisation", Reach.ORGANISATION, role=role.name, organisation=owner)
    if resource.open and action.endswith(".read"):
        return _yes("open", Reach.OPEN)
    if owner is None:
        return _no("whole_city", kind=resource.kind, id=resource.id)
    return _no("other_organisation", kind=resource.kind, id=resource.id, organisation=owner)


def _title(name: str, value: object, language: str) -> object:
    if isinstance(value, tuple):
        comma = "、" if language == DEFAULT_LANGUAGE else ", "
        return comma.join(str(_title("role", one, language)) for one in value)
    if name == "kind":
        return text(f"identity.kind.{value}", language)
    row = _TITLED.get((name, value))
    return value if row is None else row.zh if language == DEFAULT_LANGUAGE else row.en


def _whole_kind(resource: Resource) -> bool:
    """Not one thing but a list or search, whose rows are filtered by reach; a route asks in the same way."""
    return not resource.id or resource.kind == "route"


def _roles(actor: Actor) -> tuple[Role, ...]:
    """Whoever is known may do at least what nobody known may."""
    return (ANONYMOUS, *(ROLE_BY_NAME[name] for name in sorted(actor.roles) if name in ROLE_BY_NAME))


def _yes(reason: str, reach: Reach, **values: object) -> Decision:
    return Decision(True, f"identity.decision.{reason}", reach, values)


def _no(reason: str, **values: object) -> Decision:
    return Decision(False, f"identity.decision.{reason}", Reach.NONE, values)
