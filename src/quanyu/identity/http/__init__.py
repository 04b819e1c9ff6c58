"""Routes of identity. They ask for one dependency more than others: `identity: IdentitySettings`."""

from quanyu.identity.http import accounts, evidence, oidc, organisations, session, tokens

routes = (
    *session.routes,
    *accounts.routes,
    *organisations.routes,
    *tokens.routes,
    *evidence.routes,
    *oidc.routes,
)
