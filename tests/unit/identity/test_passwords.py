import pytest

from quanyu.core.errors import Invalid
from quanyu.identity.accounts.passwords import (
    check_password,
    hash_password,
    one_time_password,
    password_matches,
)
from quanyu.identity.sessions.sign_in import SignIn, delay_after


async def test_a_password_matches_its_own_hash_and_no_other() -> None:
    stored = await hash_password("一个很长的密码短语")
    assert stored.startswith("$argon2id$")
    assert await password_matches(stored, "一个很长的密码短语")
    assert not await password_matches(stored, "另一个很长的密码")


@pytest.mark.parametrize("stored", [None, "", "no hash at all"])
async def test_where_there_is_no_hash_nothing_matches(stored: str | None) -> None:
    assert not await password_matches(stored, "")


def test_everything_that_is_wrong_with_a_password_is_said_at_once() -> None:
    with pytest.raises(Invalid) as error:
        check_password("aaa", login="aaa")
    assert [fault.key.rpartition(".")[2] for fault in error.value.faults] == ["short", "same", "login"]


def test_one_time_passwords_are_strong_enough_and_differ() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        check_password(password)


def test_delays_grow_to_five_minutes() -> None:
    seconds = [delay_after(failed).total_seconds() for failed in range(14)]
    assert seconds == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_a_password_does_not_show_where_a_sign_in_is_printed() -> None:
    assert "canary" not in repr(SignIn(login="li", password="canary", code="canary"))
