import pytest

from marketplace.shared import signing

# RFC 8032, 7.1, test 2
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


class TestSigning:
    def test_is_that_of_the_rfc(self):
        assert signing.public_key(SEED) == PUBLIC
        assert signing.sign(SEED, b"\x72") == SIGNATURE
        assert signing.verify(PUBLIC, b"\x72", SIGNATURE)

    @pytest.mark.parametrize(
        ("public", "text", "signature"),
        [
            (PUBLIC, b"\x73", SIGNATURE),
            (PUBLIC, b"\x72", bytes(64)),
            (PUBLIC, b"\x72", b""),
            (PUBLIC[:31], b"\x72", SIGNATURE),
            (signing.public_key(bytes(32)), b"\x72", SIGNATURE),
        ],
    )
    def test_verifies_nothing_else(self, public, text, signature):
        assert not signing.verify(public, text, signature)

    def test_names_a_key_by_its_hash(self):
        assert signing.key_id(PUBLIC) == "39f713d0a644253f"

    def test_reads_what_it_wrote_and_nothing_of_another_size_or_alphabet(self):
        assert signing.read(signing.written(PUBLIC), 32) == PUBLIC
        assert signing.read(f" {signing.written(PUBLIC)}\n", 32) == PUBLIC
        for text in ("", "=", "not base64!", "é", signing.written(PUBLIC[:31]), signing.written(SIGNATURE)):
            assert signing.read(text, 32) is None
