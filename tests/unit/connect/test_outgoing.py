"""Names that are none are refused as such."""

import pytest

from quanyu.connect.outgoing import Outgoing
from quanyu.core.errors import Unavailable


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
async def test_a_name_that_no_host_can_have_is_an_unknown_host(host: str) -> None:
    with pytest.raises(Unavailable):
        await Outgoing().check(host, 443)
