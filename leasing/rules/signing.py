"""
What a signature under a contract says, and what whoever makes signatures must be able to do.

A signer is chosen by the setting ``CONTRACT_SIGNER`` (docs/contracts.md). A licensed provider of electronic
signatures is one more class with these two methods.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from leasing.rules.canonical import canonical

HEAD = b"jijian contract signature v1\n"


@dataclass(frozen=True)
class Statement:
    """Who binds which side to which contract, by what, by which mandate, and when."""

    contract: str
    side: str
    organization: str
    organization_name: str
    signer: str
    signer_name: str
    roles: tuple[str, ...]
    mandate: str
    mandate_reference: str
    basis: str
    offer: str
    at: datetime

    def dump(self) -> dict[str, Any]:
        """Write it as JSON; the time is UTC."""
        return {
            "contract": self.contract,
            "side": self.side,
            "organization": self.organization,
            "organization_name": self.organization_name,
            "signer": self.signer,
            "signer_name": self.signer_name,
            "roles": list(self.roles),
            "mandate": self.mandate,
            "mandate_reference": self.mandate_reference,
            "basis": self.basis,
            "offer": self.offer,
            "at": self.at.astimezone(UTC).isoformat(),
        }

    def text(self) -> bytes:
        """Return the bytes that the platform's key signs."""
        return HEAD + canonical(self.dump())

    def own_text(self) -> bytes:
        """Return the bytes that the organization's own key signs: it cannot know the platform's time."""
        return HEAD + f"{self.contract}\n{self.organization}\n".encode()


@dataclass(frozen=True)
class Brought:
    """What the signing side brings along, and the public keys that it has registered and not revoked."""

    signature: str = ""
    keys: tuple[bytes, ...] = ()


class Signer(Protocol):
    """
    Makes and checks signatures. Neither method may wait for a network: a transaction is open.

    A provider that signs elsewhere lets the person sign there first; the person then brings the provider's
    evidence as ``brought.signature``, and the adapter checks it with what it has at hand.
    """

    def seal(self, statement: Statement, brought: Brought) -> dict[str, Any]:
        """Return the evidence of a signature as JSON, or raise an ``Invalid``."""

    def holds(self, statement: Statement, seal: Mapping[str, Any]) -> bool:
        """Tell whether the evidence is one for exactly this statement."""
