"""How often somebody may do something costly: a few times at once, then at a steady pace."""

import math
from collections import OrderedDict
from datetime import datetime
from ipaddress import IPv6Address, ip_address


class RateLimit:
    """`burst` times at once, then once every `pause` seconds, counted for each key.

    Keeps `most` keys at most; the one that asked longest ago is forgotten first, so a flood of keys costs no more memory.
    """

    def __init__(self, *, burst: int, pause: float, most: int = 10_000) -> None:
        self._burst, self._pause, self._most = burst, pause, most
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, key: str, now: datetime) -> int:
        """0, and it counts; or the whole seconds until it is allowed again, and it does not."""
        moment = now.timestamp()
        free_at = max(self._free_at.pop(key, 0.0), moment) + self._pause
        over = free_at - moment - self._burst * self._pause
        self._free_at[key] = free_at - self._pause if over > 0 else free_at
        while len(self._free_at) > self._most:
            self._free_at.popitem(last=False)
        return math.ceil(over) if over > 0 else 0

    def __len__(self) -> int:
        return len(self._free_at)


def network_of(address: str) -> str:
    """Who asks, as far as an address tells: of IPv6 the first 64 bits, which one customer has to themselves."""
    try:
        known = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or f"{IPv6Address(int(known) >> 64 << 64)}/64")
    return str(known)
