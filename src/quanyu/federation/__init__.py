"""Other nodes, up, down and beside: who is trusted, signed messages with receipts, proofs that anybody can check."""

from quanyu.federation._sql import peers
from quanyu.federation.courier import Courier
from quanyu.federation.http import routes as node_routes
from quanyu.federation.http_messages import routes as message_routes
from quanyu.federation.kinds import own_kinds
from quanyu.federation.messages import Handler, Letter, Mail, drop_payloads
from quanyu.federation.model import Envelope, Level, Peer, Side
from quanyu.federation.nodes import Identity, Nodes, read_invitation
from quanyu.federation.proof import Proven, export, verify
from quanyu.federation.signature import Suite

routes = (*node_routes, *message_routes)

__all__ = [
    "Courier",
    "Envelope",
    "Handler",
    "Identity",
    "Letter",
    "Level",
    "Mail",
    "Nodes",
    "Peer",
    "Proven",
    "Side",
    "Suite",
    "drop_payloads",
    "export",
    "own_kinds",
    "peers",
    "read_invitation",
    "routes",
    "verify",
]
