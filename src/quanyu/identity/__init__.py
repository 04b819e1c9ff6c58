"""Who asks, may they, who did what: organisations, accounts, roles, tokens, `allowed` with its reason, evidence."""

from quanyu.identity.accounts.first_start import (
    any_password_set,
    ensure_administrator,
    ensure_tenant,
    tenant_name,
)
from quanyu.identity.accounts.service import OneTimePassword, account_names, reset_password_by_login
from quanyu.identity.actions import ACTION_BY_NAME, ACTIONS, Access, Action
from quanyu.identity.decision import AccessDenied, Decision, allowed, allowed_actions, check
from quanyu.identity.evidence import (
    ChainFault,
    EvidenceWriter,
    Outcome,
    Sealer,
    Verification,
    append_evidence,
    record_denied,
    require,
    seal,
    verify,
)
from quanyu.identity.organisations.service import organisation_names
from quanyu.identity.roles import HANDS, ROLES, Reach, Role
from quanyu.identity.sessions._sql import account_actor
from quanyu.identity.sessions.authenticate import COOKIE, authenticate
from quanyu.identity.settings import IdentitySettings, OidcProvider
from quanyu.identity.tokens.operator import local_operator, read_operator_token, renew_operator_token

__all__ = [
    "ACTIONS",
    "ACTION_BY_NAME",
    "COOKIE",
    "HANDS",
    "ROLES",
    "Access",
    "AccessDenied",
    "Action",
    "ChainFault",
    "Decision",
    "EvidenceWriter",
    "IdentitySettings",
    "OidcProvider",
    "OneTimePassword",
    "Outcome",
    "Reach",
    "Role",
    "Sealer",
    "Verification",
    "account_actor",
    "account_names",
    "allowed",
    "allowed_actions",
    "any_password_set",
    "append_evidence",
    "authenticate",
    "check",
    "ensure_administrator",
    "ensure_tenant",
    "local_operator",
    "organisation_names",
    "read_operator_token",
    "record_denied",
    "renew_operator_token",
    "require",
    "reset_password_by_login",
    "seal",
    "tenant_name",
    "verify",
]
