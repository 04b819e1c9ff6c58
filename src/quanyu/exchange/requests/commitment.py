"""承诺书: the text that a consumer signs, made from the contract, the same every time."""

from quanyu.core.messages import text
from quanyu.exchange.contracts.model import Contract, Version
from quanyu.exchange.requests.model import Application
from quanyu.identity.evidence.model import sm3

_MINUTES = "%Y-%m-%d %H:%M %z"


def commitment_text(
    application: Application, contract: Contract, offered: Version, language: str = "zh-CN"
) -> str:
    terms = offered.terms
    lines: list[tuple[str, dict[str, object]]] = [
        ("title", {}),
        ("parties", {"consumer": contract.consumer.organisation, "provider": contract.provider}),
        ("contract", {"contract": contract.id, "version": offered.version, "hash": offered.hash}),
        ("data", {"dataset": contract.dataset, "items": "、".join(terms.columns)}),
        ("purpose", {"purpose": terms.purpose, "basis": terms.basis, "system": application.system or "–"}),
        ("period", {"starts": terms.starts.strftime(_MINUTES), "ends": terms.ends.strftime(_MINUTES)}),
        ("people", {
            "leader": application.leader.name or "–", "steward": application.steward.name or "–",
            "operator": application.operator.name or "–",
        }),
        ("use", {}),
        ("onward_allowed" if terms.onward else "onward", {}),
        ("delete", {"days": terms.delete_after_days}) if terms.delete_after_days else ("keep", {}),
    ]  # fmt: skip
    return "\n".join(text(f"exchange.commitment.{key}", language, **values) for key, values in lines) + "\n"


def text_hash(said: str) -> str:
    return sm3(said.encode()).hex()
