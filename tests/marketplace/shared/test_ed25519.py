"""Verification by whole numbers alone agrees with RFC 8032 and with ``cryptography``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.shared import ed25519, signing

# RFC 8032, 7.1: public key, message, signature
VECTORS = {
    "TEST 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    "TEST 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "TEST 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
    "TEST SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
        "454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
        "3dca179c138ac17ad9bef1177331a704",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_of_rfc_8032(name):
    public, text, signature = (bytes.fromhex(part) for part in VECTORS[name])

    assert ed25519.verify(public, text, signature)
    assert not ed25519.verify(public, text + b"!", signature)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511), st.integers(0, 255))
def test_agrees_with_cryptography_on_signatures_right_and_damaged(seed, text, bit, other):
    public, signature = signing.public_key(seed), signing.sign(seed, text)
    damaged = bytearray(signature)
    damaged[bit // 8] ^= 1 << bit % 8

    assert ed25519.verify(public, text, signature)
    assert not ed25519.verify(public, text, bytes(damaged))
    assert not signing.verify(public, text, bytes(damaged))
    wrong = bytes([public[0] ^ (other or 1)]) + public[1:]
    assert ed25519.verify(wrong, text, signature) == signing.verify(wrong, text, signature)


SEED = b"s" * 32
PUBLIC, SIGNED = signing.public_key(SEED), signing.sign(SEED, b"text")
LARGE_SCALAR = (int.from_bytes(SIGNED[32:], "little") + ed25519.ORDER).to_bytes(32, "little")


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (PUBLIC[:31], SIGNED),
        (PUBLIC, SIGNED[:63]),
        (PUBLIC, SIGNED[:32] + LARGE_SCALAR),  # the same number, not in its one form
        ((ed25519.P + 1).to_bytes(32, "little"), SIGNED),  # the neutral point, not in its one form
        ((1 | 1 << 255).to_bytes(32, "little"), SIGNED),  # x is 0, so there is no negative one
        ((2).to_bytes(32, "little"), SIGNED),  # no point has this y
        (PUBLIC, (2).to_bytes(32, "little") + SIGNED[32:]),
    ],
)
def test_what_is_not_in_its_one_form_verifies_nothing(public, signature):
    assert not ed25519.verify(public, b"text", signature)
