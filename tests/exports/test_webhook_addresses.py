"""Webhook addresses: one per export, and not to be guessed."""

from __future__ import annotations

import string
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.exports.webhook_addresses import WEBHOOK_PREFIX, WebhookAddresses

ADDRESSES = WebhookAddresses(b"a key of the tests", "https://bot.example.com/base")
EXPORT = "V08ABC123"
CHARACTERS = string.ascii_letters + string.digits + "-_.~=+%"


def parts(address: str | None) -> tuple[str, str]:
    """The export id and the proof in an address, as a server reads them."""
    path = urlsplit(address or "").path
    _, _, tail = path.partition(WEBHOOK_PREFIX + "/")
    export_id, proof = tail.split("/")
    return unquote(export_id), unquote(proof)


def accepted(tail: str) -> bool:
    """Whether an address with this end is taken for genuine."""
    export_id, _, proof = tail.partition("/")
    return ADDRESSES.is_genuine(export_id, proof)


TAIL = "/".join(parts(ADDRESSES.url(EXPORT)))


def test_the_address_stands_below_the_public_one() -> None:
    """The address begins with PUBLIC_URL and the prefix, and is genuine as it stands."""
    address = ADDRESSES.url(EXPORT)
    assert address is not None
    assert address.startswith(f"https://bot.example.com/base{WEBHOOK_PREFIX}/{EXPORT}/")
    assert accepted(TAIL)


def test_every_altered_character_is_found() -> None:
    """No character of export id or proof can be another one, or missing, or doubled."""
    places = range(len(TAIL))
    changed = {TAIL[:place] + other + TAIL[place + 1 :] for place in places for other in CHARACTERS}
    added = {TAIL[:place] + other + TAIL[place:] for place in places for other in CHARACTERS}
    missing = {TAIL[:place] + TAIL[place + 1 :] for place in places}
    assert [tail for tail in changed | added | missing if accepted(tail)] == [TAIL]


def test_nothing_is_taken_with_a_longer_proof() -> None:
    """The proof is compared as text: padding and other spellings of its bytes are not it."""
    export_id, proof = parts(ADDRESSES.url(EXPORT))
    ends = ["", "=", "==", " ", "\n", "\0", "A", "é", "/", "%3D"]
    assert [end for end in ends if ADDRESSES.is_genuine(export_id, proof + end)] == [""]


@settings(deadline=None)
@given(length=st.integers(0, 42))
def test_a_part_of_the_proof_is_no_proof(length: int) -> None:
    """A truncated proof is refused, the empty one too."""
    export_id, proof = parts(ADDRESSES.url(EXPORT))
    assert not ADDRESSES.is_genuine(export_id, proof[:length])


@settings(deadline=None)
@given(mine=st.text(min_size=1), other=st.text(min_size=1))
def test_proofs_belong_to_one_export(mine: str, other: str) -> None:
    """An address is genuine for its own export id, whatever characters that has, and for no other."""
    export_id, proof = parts(ADDRESSES.url(mine))
    assert export_id == mine
    assert ADDRESSES.is_genuine(mine, proof)
    assert ADDRESSES.is_genuine(other, proof) == (other == mine)


@settings(deadline=None)
@given(export_id=st.text(), proof=st.text())
def test_guesses_are_refused(export_id: str, proof: str) -> None:
    """Text of any kind is answered with no, not with an error."""
    assert not ADDRESSES.is_genuine(export_id, proof)


def test_another_key_makes_another_proof() -> None:
    """The addresses of one installation are worthless at another."""
    others = WebhookAddresses(b"another key", "https://bot.example.com/base")
    assert not others.is_genuine(*parts(ADDRESSES.url(EXPORT)))


def test_the_same_key_makes_the_same_address() -> None:
    """After a restart, and in every replica, the address is still good."""
    again = WebhookAddresses(b"a key of the tests", "https://bot.example.com/base")
    assert again.url(EXPORT) == ADDRESSES.url(EXPORT)


def test_an_empty_key_is_refused() -> None:
    """Anybody could forge what an empty key signs."""
    with pytest.raises(ValueError, match="empty key"):
        WebhookAddresses(b"", "https://bot.example.com")


def test_without_a_public_address_there_is_none() -> None:
    """Nothing is made up where AI Studios could not call; old addresses are still recognised."""
    private = WebhookAddresses(b"a key of the tests", None)
    assert private.url(EXPORT) is None
    assert private.is_genuine(*parts(ADDRESSES.url(EXPORT)))
