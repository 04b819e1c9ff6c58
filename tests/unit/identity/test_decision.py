"""Who may do what: the whole matrix as a table to be read, then the rules that a table cannot show."""

import pytest

from quanyu.core.actor import Actor, ActorKind, Resource, anonymous, system_actor
from quanyu.core.messages import LANGUAGES
from quanyu.identity import ACTION_BY_NAME, ACTIONS, ROLES, AccessDenied, Reach, allowed, allowed_actions
from quanyu.identity.roles import ADMINISTRATORS

TENANT = "jiangzhou"

# One letter a role, in this order. T: everywhere in the tenant, O: own organisation, P: what is published, -: never.
COLUMNS = (
    "anonymous", "citizen", "company", "viewer", "field_worker", "department_officer", "operator", "data_officer",
    "system_admin", "security_admin", "audit_admin",
    "acceptor", "shift_chief", "dispatcher", "handler", "patroller", "callback_agent", "supervisor",
)  # fmt: skip
MATRIX = """
public              T T T T T T T T T T T T T T T T T T
session.open        T T T T T T T T T T T T T T T T T T
account.own         - T T T T T T T T T T T T T T T T T
token.manage        - - T - - T T T T - - - - - - - - -
account.read        - - - - - - - - T T - - - - - - - -
account.manage      - - - - - - - - T - - - - - - - - -
role.assign         - - - - - - - - T T - - - - - - - -
role.grant          - - - - - - - - - T - - - - - - - -
organisation.read   - - - T T T T T T T T T T T T T T T
organisation.manage - - - - - - - - T - - - - - - - - -
evidence.read       - - - - - - - - - - T - - - - - - -
evidence.verify     - - - - - - T - - - T - - - - - - -
system.read         - - - - - - T - T T T - - - - - - -
job.manage          - - - - - - T - T - - - - - - - - -
setting.manage      - - - - - - - - T - - - - - - - - -
demo.leave          - - - - - - - - T - - - - - - - - -
backup.run          - - - - - - T - T - - - - - - - - -
catalogue.read      P P P T T O T T P T P T T T P T T T
catalogue.manage    - - - - - O - T - - - - - - - - - -
grade.confirm       - - - - - - - T - T - - - - - - - -
dataset.read        P P P P P O T T P P P P P P P P P P
query.run           - - T - - T T T - - - - - - - - - -
dataset.import      - - - - - O T T - - - - - - - - - -
dataset.manage      - - - - - O - T - - - - - - - - - -
source.read         - - - - - O T T - - - - - - - - - -
source.manage       - - - - - O T T - - - - - - - - - -
source.push         - - - - - O T T - - - - - - - - - -
quality.read        - - - T - O T T - - - - - - - - - -
quality.mend        - - - - - O - T - - - - - - - - - -
rule.manage         - - - - - O - T - - - - - - - - - -
standard.read       - - P T T T T T - - - T T T T T T T
standard.manage     - - - - - - - T - - - - - - - - - -
mapping.manage      - - - - - O - T - - - - - - - - - -
entity.read         - P P T T O T T - - - T T T T T T T
entity.write        - - - - - - T T - - - - - - - - - -
subscription.read   - - - - - - T T - - - - - - - - - -
subscription.manage - - - - - - T T - - - - - - - - - -
map.read            P P P T T O T T P P P T T T T T T T
fusion.read         - - - T - O T T - - - - - - - - - -
fusion.decide       - - - - - - - T - - - - - - - - - -
trace.read          - - - - - O T T - - T - - - - - - -
booking.make        - P P - - - - T - - - T - - - - - -
case.report         T T T T T T T T T T T T T T T T T T
case.read           - - - - O - - T - - - T T T O T T T
case.classify       - - - - - - - - - - - T T T T T T T
case.manage         - - - - - - - T - - - - - - - - - -
case.hand_over      - - - - - - - - - - - - T - - - - T
indicator.read      - - - T - - T T - - - T T T - T T T
indicator.manage    - - - - - - - T - - - - - - - - - -
score.read          - - - - - - - T - - - - - - - - - T
score.manage        - - - - - - - T - - - - - - - - - -
share.read          - - O - - O - T - - T - - - - - - -
share.request       - - O - - O - T - - - - - - - - - -
share.answer        - - - - - O - T - - - - - - - - - -
share.decide        - - - - - - - T - - - - - - - - - -
share.use           - - O - - O - - - - - - - - - - - -
work.act            - - - - T - - - - - - T T T T T T T
act_rule.read       - - - - - - T T - - - T T T - T T T
act_rule.manage     - - - - - - - T - - - - T - - - - -
workflow.read       - - - - T - - T - - - T T T T T T T
workflow.manage     - - - - - - - T - - - - - - - - - -
pack.read           - - - T - T T T - - - T T T - T T T
pack.manage         - - - - - - - T - - - - - - - - - -
node.exchange       T T T T T T T T T T T T T T T T T T
node.read           - - - - - - - T T - T - - - - - - -
node.manage         - - - - - - - - T - - - - - - - - -
"""
LETTERS = {"T": Reach.TENANT, "O": Reach.ORGANISATION, "P": Reach.OPEN, "-": Reach.NONE}
ROWS = [line.split() for line in MATRIX.strip().splitlines()]
CELLS = [
    (row[0], role, LETTERS[letter]) for row in ROWS for role, letter in zip(COLUMNS, row[1:], strict=True)
]


def person(*roles: str, organisation: str | None = "health", **more: object) -> Actor:
    return Actor(
        id="p1",
        tenant=TENANT,
        kind=ActorKind.ACCOUNT,
        organisation=organisation,
        roles=frozenset(roles),
        **more,
    )  # type: ignore[arg-type]


def actor_of(role: str) -> Actor:
    return anonymous(TENANT) if role == "anonymous" else person(role)


@pytest.mark.parametrize(
    ("action", "role", "reach"), CELLS, ids=[f"{role}-{action}" for action, role, _ in CELLS]
)
def test_each_role_reaches_as_far_as_the_table_says(action: str, role: str, reach: Reach) -> None:
    actor, kind = actor_of(role), ACTION_BY_NAME[action].kind
    assert allowed(actor, action, Resource(kind)).reach is reach
    decided = {
        "own": allowed(actor, action, Resource(kind, "x", TENANT, organisation="health")).allowed,
        "other": allowed(actor, action, Resource(kind, "x", TENANT, organisation="police")).allowed,
        "elsewhere": allowed(actor, action, Resource(kind, "x", "another", organisation="health")).allowed,
    }
    own = reach >= Reach.ORGANISATION
    assert decided == {"own": own, "other": reach is Reach.TENANT, "elsewhere": False}


def test_the_table_has_every_action_and_every_role() -> None:
    assert [row[0] for row in ROWS] == [action.name for action in ACTIONS]
    assert set(COLUMNS) == {role.name for role in ROLES} | {"anonymous"}


def test_a_refusal_names_what_was_wanted_and_who_has_it_in_words_of_people() -> None:
    refused = AccessDenied(
        person("citizen"),
        "fusion.read",
        Resource("fusion"),
        allowed(person("citizen"), "fusion.read", Resource("fusion")),
    )
    assert refused.text("en") == (
        "None of the roles of this account allows: See matches of entities. Roles that do: Data officer, Department officer, Operator, Viewer"
    )
    assert refused.text("zh-CN") == (
        "此账号的角色都没有“查看实体融合”的权限；有此权限的角色：数据管理员、部门数据员、运行维护员、只读用户"
    )


def test_every_role_carries_only_actions_that_exist() -> None:
    for role in ROLES:
        assert {*role.tenant, *role.organisation, *role.open} <= set(ACTION_BY_NAME), role.name


def test_no_two_administrators_share_a_right_to_change_anything() -> None:
    changing = {
        "account.manage",
        "role.grant",
        "organisation.manage",
        "evidence.read",
        "evidence.verify",
        "backup.run",
    }
    held = [set(role.tenant) & changing for role in ROLES if role.name in ADMINISTRATORS]
    assert sum(map(len, held)) == len(set().union(*held)) == len(changing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_can_be_read(language: str) -> None:
    for action, role, _ in CELLS:
        for resource in (
            Resource("dataset"),
            Resource("dataset", "x", "another"),
            Resource("dataset", "x", TENANT),
        ):
            said = allowed(actor_of(role), action, resource).text(language)
            assert "identity." not in said
            assert "{" not in said


def test_an_action_that_nobody_wrote_down_is_denied_to_the_node_too() -> None:
    assert not allowed(system_actor(TENANT, "worker"), "dataset.burn", Resource("dataset")).allowed


def test_the_node_itself_does_not_reach_into_another_tenant() -> None:
    assert not allowed(
        system_actor(TENANT, "worker"), "dataset.read", Resource("dataset", "x", "another")
    ).allowed


def test_a_department_officer_sees_what_is_published_by_others_but_does_not_change_it() -> None:
    published = Resource("catalogue", "x", TENANT, organisation="police", open=True)
    officer = person("department_officer")
    assert allowed(officer, "catalogue.read", published).allowed
    assert not allowed(officer, "catalogue.manage", published).allowed


def test_a_department_officer_looks_after_the_bodies_below_their_own() -> None:
    officer = person("department_officer", organisations=frozenset({"health", "clinic"}))
    assert allowed(officer, "dataset.manage", Resource("dataset", "x", TENANT, organisation="clinic")).allowed


def test_an_officer_without_organisation_has_no_organisations_rows() -> None:
    officer = person("department_officer", organisation=None)
    assert not allowed(officer, "dataset.read", Resource("dataset", "x", TENANT)).allowed


def test_a_token_does_only_what_its_scopes_say() -> None:
    token = Actor(
        "p1", TENANT, ActorKind.TOKEN, roles=frozenset({"data_officer"}), scopes=frozenset({"map.read"})
    )
    assert allowed_actions(token) == ("public", "session.open", "map.read", "case.report", "node.exchange")


def test_a_scope_gives_no_right_that_the_holder_lost() -> None:
    token = Actor(
        "p1", TENANT, ActorKind.TOKEN, roles=frozenset({"viewer"}), scopes=frozenset({"dataset.import"})
    )
    assert not allowed(token, "dataset.import", Resource("dataset")).allowed


def test_whoever_still_has_a_one_time_password_may_only_replace_it() -> None:
    new = person("system_admin", "data_officer", must_change_password=True)
    assert allowed_actions(new) == ("public", "session.open", "account.own", "case.report", "node.exchange")


def test_roles_that_do_not_exist_give_nothing() -> None:
    assert allowed_actions(person("emperor")) == allowed_actions(person())
