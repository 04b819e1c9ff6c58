import pytest

from quanyu.app.settings import parse
from quanyu.core.errors import Invalid


@pytest.mark.parametrize("name", ["QUANYU_PACK_SECONDS", "QUANYU_PACK_MEMORY"])
def test_a_limit_below_which_the_process_of_a_pack_does_not_begin_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse({name: "0"})
    assert [fault.values["value"] for fault in refused.value.faults] == [0]
