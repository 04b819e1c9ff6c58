"""The keys of a node, one file for each tenant in the folder of keys.

The newest signs; older ones stay on the card for whoever has not heard of the newest yet.
"""

from pathlib import Path

import msgspec

from quanyu.core.errors import Unavailable
from quanyu.federation.signature import PrivateKey, Suite, new_key
from quanyu.identity.keys import write_private

MOST = 3


def read_keys(folder: Path, tenant: str) -> tuple[PrivateKey, ...]:
    """The newest first; none before the node has an identity."""
    path = _path(folder, tenant)
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[PrivateKey, ...])
    except FileNotFoundError:
        return ()
    except msgspec.MsgspecError as error:
        raise Unavailable("federation.keys.broken", path=str(path)) from error


def add_key(folder: Path, tenant: str, suite: Suite) -> tuple[PrivateKey, ...]:
    """A new key in front."""
    keys = (new_key(suite), *read_keys(folder, tenant))[:MOST]
    write_private(_path(folder, tenant), msgspec.json.encode(keys))
    return keys


def _path(folder: Path, tenant: str) -> Path:
    return folder / "keys" / f"node-{tenant.encode().hex()}.json"
