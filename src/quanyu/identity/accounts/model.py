"""Accounts as seen from outside: never with a secret in them."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from quanyu.core.errors import Fault, Invalid
from quanyu.core.messages import LANGUAGES

_LOGIN = re.compile(r"[\w.@+-]{1,64}")
_LONGEST_NAME = 100


class AccountState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    MUST_CHANGE = "must_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: str
    login: str
    name: str
    organisation: str | None
    language: str
    state: AccountState
    roles: tuple[str, ...]
    second_factor: bool
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Made by `parse`."""

    login: str
    name: str
    organisation: str | None = None
    language: str = "zh-CN"

    @classmethod
    def parse(
        cls, *, login: str, name: str, organisation: str | None = None, language: str = "zh-CN"
    ) -> "NewAccount":
        """Raises Invalid with every fault."""
        checks = (
            (
                _LOGIN.fullmatch(login) is not None,
                Fault("identity.account.login_form", "/login", {"login": login[:64]}),
            ),
            (bool(name.strip()) and len(name) <= _LONGEST_NAME, Fault("identity.account.name_form", "/name")),
            (
                language in LANGUAGES,
                Fault("identity.account.language", "/language", {"language": language[:20]}),
            ),
        )
        if faults := tuple(fault for fine, fault in checks if not fine):
            raise Invalid("identity.account.invalid", faults=faults)
        return cls(login=login, name=name.strip(), organisation=organisation or None, language=language)


def new_id() -> str:
    return secrets.token_hex(8)
