"""The signers of contracts, by name, and the one that is built in."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from leasing.rules.signing import Brought, Signer, Statement
from marketplace.shared import signing
from marketplace.shared.errors import Flaw, Invalid

PURPOSE = b"jijian contract signing key v1"


class OwnSignatureWrong(Invalid):
    """The signature that was brought along is not one by a registered key over this contract."""

    code = "own_signature_wrong"
    text = gettext_noop(
        "The signature does not fit the contract and your registered keys. Sign these bytes: {signed}"
    )


def signer(name: str) -> Signer:
    """Return the signer of a name in ``settings.CONTRACT_SIGNERS``."""
    made: Signer = import_string(settings.CONTRACT_SIGNERS[name])()
    return made


class BuiltIn:
    """Signs every statement with the platform's Ed25519 key; keeps the organization's own signature, too."""

    def seal(self, statement: Statement, brought: Brought) -> dict[str, Any]:
        """
        Return the platform's signature, and the organization's own if it brings one.

        :raises OwnSignatureWrong: if that is not by one of its keys over this contract
        """
        seed = platform_seed()
        made = {
            "key": signing.written(signing.public_key(seed)),
            "signature": signing.written(signing.sign(seed, statement.text())),
        }
        return made | (_own(statement, brought) if brought.signature else {})

    def holds(self, statement: Statement, seal: Mapping[str, Any]) -> bool:
        """Tell whether every signature in the seal is one over this statement."""
        platform = _fits(seal.get("key"), statement.text(), seal.get("signature"))
        has_own = "own_key" in seal or "own_signature" in seal
        own = not has_own or _fits(seal.get("own_key"), statement.own_text(), seal.get("own_signature"))
        return platform and own


def platform_seed() -> bytes:
    """Return the platform's private key for contracts, derived from ``SECRET_KEY``."""
    return hmac.new(settings.SECRET_KEY.encode(), PURPOSE, hashlib.sha256).digest()


def _own(statement: Statement, brought: Brought) -> dict[str, str]:
    text, raw = statement.own_text(), signing.read(brought.signature, signing.SIGNATURE_BYTES)
    keys = (key for key in brought.keys if raw is not None and signing.verify(key, text, raw))
    key = next(keys, None)
    if key is None:
        facts = {"signed": repr(text.decode())}
        flaw = Flaw("/signature", OwnSignatureWrong.code, OwnSignatureWrong.text, facts)
        raise OwnSignatureWrong(flaws=[flaw], **facts)
    return {"own_key": signing.written(key), "own_signature": brought.signature.strip()}


def _fits(key: Any, text: bytes, signature: Any) -> bool:
    public = signing.read(str(key), signing.KEY_BYTES)
    raw = signing.read(str(signature), signing.SIGNATURE_BYTES)
    return public is not None and raw is not None and signing.verify(public, text, raw)
