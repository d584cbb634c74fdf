from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servq.errors import EnvironmentIncomplete, InvalidArgument, LinkExpired, SignatureInvalid
from servq.installation import installation_tokens
from servq.security_tokens import SecurityTokens, new_secret
from servq.settings import Settings

TOKENS = SecurityTokens(b"the secret of these tests, 32 bytes or more")
OTHER = SecurityTokens(b"the secret of another installation, as long")
NOW = datetime(2026, 3, 4, tzinfo=UTC)
PAYLOADS = st.dictionaries(
    st.text(max_size=8).filter(lambda name: name != "~"), st.none() | st.text() | st.integers(-(2**62), 2**62)
)


@given(PAYLOADS)
def test_what_was_signed_or_sealed_comes_back(payload: dict[str, str | int | None]) -> None:
    assert TOKENS.verify("site", TOKENS.sign("site", payload)) == payload
    assert TOKENS.unseal("site", TOKENS.seal("site", payload)) == payload


@given(st.integers(0, 10**18 - 1))
def test_a_signed_number_survives_the_loss_of_its_case(number: int) -> None:
    text = TOKENS.sign_number("return", number)
    assert TOKENS.verify_number("return", text.upper()) == number
    assert len(text) <= 35, "the local part of an address has 64 characters"


@given(st.data())
def test_a_text_changed_anywhere_is_refused(data: st.DataObject) -> None:
    payload = {"address": "ann@example.org"}
    for made, check in (
        (TOKENS.sign("p", payload), TOKENS.verify),
        (TOKENS.seal("p", payload), TOKENS.unseal),
    ):
        place = data.draw(st.integers(0, len(made) - 1))
        sign = data.draw(st.characters().filter(lambda c, old=made[place]: c != old))
        with pytest.raises(SignatureInvalid):
            check("p", made[:place] + sign + made[place + 1 :])


@pytest.mark.parametrize("text", ["", ".", "a", "é.é", "e30.", "=" * 9, "a" * 5000, "1.aaaaaaaaaaaaaaaa"])
def test_nonsense_is_refused(text: str) -> None:
    for check in (TOKENS.verify, TOKENS.unseal, TOKENS.verify_number):
        with pytest.raises(SignatureInvalid):
            check("p", text)


def test_another_purpose_or_installation_opens_nothing() -> None:
    for made, check in (
        (TOKENS.sign("a", {}), "verify"),
        (TOKENS.seal("a", {}), "unseal"),
        (TOKENS.sign_number("a", 1), "verify_number"),
    ):
        for tokens, purpose in ((TOKENS, "b"), (OTHER, "a")):
            with pytest.raises(SignatureInvalid):
                getattr(tokens, check)(purpose, made)


def test_a_text_expires() -> None:
    for made, check in (
        (TOKENS.sign("p", {"a": 1}, expires_at=NOW), TOKENS.verify),
        (TOKENS.seal("p", {"a": 1}, expires_at=NOW), TOKENS.unseal),
    ):
        assert check("p", made, now=NOW - timedelta(seconds=1)) == {"a": 1}
        with pytest.raises(LinkExpired):
            check("p", made, now=NOW)


def test_the_secret_is_neither_short_nor_shown() -> None:
    with pytest.raises(InvalidArgument):
        SecurityTokens(b"short")
    assert "secret" not in repr(TOKENS)


def test_a_secret_is_made_once_beside_the_file_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path / 'servq.db'}")
    made = installation_tokens(settings).sign("p", {"a": 1})
    assert installation_tokens(settings).verify("p", made) == {"a": 1}
    (kept,) = tmp_path.glob("servq.db.secret*")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "settings",
    [Settings(database="postgresql://nobody@localhost/none"), Settings(secret="short")],
    ids=["none", "short"],
)
def test_a_missing_secret_is_asked_for_with_the_command_that_makes_one(settings: Settings) -> None:
    with pytest.raises(EnvironmentIncomplete, match=r"SERVQ_SECRET.*token_urlsafe"):
        installation_tokens(settings)


def test_a_new_secret_is_long_enough() -> None:
    SecurityTokens(new_secret().encode())
