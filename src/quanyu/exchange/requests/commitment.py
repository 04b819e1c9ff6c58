"""承诺书: the text that a consumer signs, made from the contract, the same every time."""

from collections.abc import Mapping
from datetime import datetime

from quanyu.core.clock import CITY_ZONE
from quanyu.core.messages import text
from quanyu.exchange.contracts.model import Contract, Version
from quanyu.exchange.requests.model import Application
from quanyu.identity.evidence.model import sm3

_MINUTES = "%Y-%m-%d %H:%M"


def commitment_text(
    application: Application, contract: Contract, offered: Version, names: Mapping[str, str], language: str = "zh-CN"
) -> str:  # fmt: skip
    """`names` are those of bodies and of the dataset by their ids; what is not named there stands as it is known."""
    terms = offered.terms
    lines: list[tuple[str, dict[str, object]]] = [
        ("title", {}),
        ("parties", {"consumer": _named(contract.consumer.desk, names), "provider": _named(contract.provider, names)}),
        ("contract", {"contract": contract.id, "version": offered.version, "hash": offered.hash}),
        ("data", {"dataset": _named(contract.dataset, names), "items": "、".join(terms.columns)}),
        ("purpose", {"purpose": terms.purpose, "basis": terms.basis, "system": application.system or "–"}),
        ("period", {"starts": _local(terms.starts), "ends": _local(terms.ends)}),
        ("people", {
            "leader": application.leader.name or "–", "steward": application.steward.name or "–",
            "operator": application.operator.name or "–",
        }),
        ("use", {}),
        ("onward_allowed" if terms.onward else "onward", {}),
        ("delete", {"days": terms.delete_after_days}) if terms.delete_after_days else ("keep", {}),
    ]  # fmt: skip
    return "\n".join(text(f"exchange.commitment.{key}", language, **values) for key, values in lines) + "\n"


def _named(id: str, names: Mapping[str, str]) -> str:
    """Name and id: names change, ids do not."""
    return f"{names[id]} ({id})" if id in names else id


def _local(moment: datetime) -> str:
    return moment.astimezone(CITY_ZONE).strftime(_MINUTES)


def text_hash(said: str) -> str:
    return sm3(said.encode()).hex()
