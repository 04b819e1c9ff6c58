"""What runs beside a node."""

from pathlib import Path

import pytest

from quanyu.app import wiring
from quanyu.app.node import Node
from quanyu.app.settings import Settings
from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import utc_now
from quanyu.evaluate.indicators.rerun import Bureau
from quanyu.identity import EvidenceWriter, IdentitySettings
from quanyu.store import Database
from quanyu.twin import Twin, Writer


@pytest.mark.parametrize("dev", [False, True])
def test_in_development_mode_the_twin_holds_what_is_written_to_it_and_nothing_else(
    database: Database, folder: Path, dev: bool
) -> None:
    node = Node(
        settings=Settings(data=folder, dev=dev), identity=IdentitySettings(), database=database, postgres=None,
        evidence=EvidenceWriter(database), twin=Twin(Writer(database)), outgoing=Outgoing(), clock=utc_now,
    )  # fmt: skip
    counting = [
        one for one in wiring.in_background(node) if isinstance(getattr(one, "__self__", None), Bureau)
    ]
    assert bool(counting) is not dev
