"""The evidence chain: what was done and refused, hash-linked (SM3), sealed in signed blocks, verifiable."""

from quanyu.identity.evidence.model import Entry, Outcome
from quanyu.identity.evidence.record import EvidenceWriter, append_evidence, record_denied, require
from quanyu.identity.evidence.seal import Sealer, seal
from quanyu.identity.evidence.search import EvidenceQuery, Found, search
from quanyu.identity.evidence.verify import ChainFault, Verification, verify

__all__ = [
    "ChainFault",
    "Entry",
    "EvidenceQuery",
    "EvidenceWriter",
    "Found",
    "Outcome",
    "Sealer",
    "Verification",
    "append_evidence",
    "record_denied",
    "require",
    "seal",
    "search",
    "verify",
]
