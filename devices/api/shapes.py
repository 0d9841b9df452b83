"""Shapes of the REST answers and requests about the evidence log and who signs."""

import base64
from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from devices.models import Countersignature, DaySignature, DeviceSigningKey, LogHead, SigningKey
from devices.rules.log import countersigned_text
from marketplace.shared import signing

ED25519 = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of RFC 8410, up to the key

NOT_NOW = {
    (409, "application/problem+json"): OpenApiResponse(
        {"$ref": "#/components/schemas/Problem"}, description="Not possible now, or not there yet"
    )
}
KEY = inline_serializer(
    "LogKey",
    {
        "key_id": serializers.CharField(),
        "public_key": serializers.CharField(),
        "pem": serializers.CharField(),
        "first_used_at": serializers.DateTimeField(),
    },
)


def key_facts(public: bytes) -> dict[str, str]:
    """Return a public key in the forms that people and programs want: its id, base64, and PEM for openssl."""
    body = base64.b64encode(ED25519 + public).decode()
    return {
        "key_id": signing.key_id(public),
        "public_key": signing.written(public),
        "pem": f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n",
    }


class LogHeadOut(serializers.ModelSerializer[LogHead]):
    """A signed head; ``text`` is what the signature is over, byte for byte."""

    root = serializers.SerializerMethodField()  # type: ignore[assignment]
    key_id = serializers.CharField(read_only=True)
    signature = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()
    to_countersign = serializers.SerializerMethodField(help_text="What your organization would sign")

    class Meta:
        model = LogHead
        fields = ("size", "root", "at", "key_id", "text", "signature", "to_countersign")
        read_only_fields = fields

    def get_root(self, head: LogHead) -> str:
        return bytes(head.root).hex()

    def get_signature(self, head: LogHead) -> str:
        return signing.written(bytes(head.signature))

    def get_text(self, head: LogHead) -> str:
        return head.text.decode()

    def get_to_countersign(self, head: LogHead) -> str:
        organization = self.context["organization"].public_id
        return countersigned_text(organization=organization, head=head.text).decode()


class CountersignatureIn(serializers.Serializer[Any]):
    """A signature in base64 by a registered key."""

    key = serializers.CharField(max_length=30, help_text="The id of your signing key")
    signature = serializers.CharField(max_length=200, help_text="64 bytes in base64")


class CountersignatureOut(serializers.ModelSerializer[Countersignature]):
    """Who saw a head, with all that is needed to check it."""

    size = serializers.IntegerField(source="head_id", read_only=True)
    organization = serializers.CharField(source="key.organization.public_id", read_only=True)
    key = serializers.CharField(source="key.public_id", read_only=True)
    public_key = serializers.SerializerMethodField()
    signature = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    class Meta:
        model = Countersignature
        fields = ("size", "organization", "key", "public_key", "text", "signature", "at")
        read_only_fields = fields

    def get_public_key(self, found: Countersignature) -> str:
        return signing.written(bytes(found.key.public_key))

    def get_signature(self, found: Countersignature) -> str:
        return signing.written(bytes(found.signature))

    def get_text(self, found: Countersignature) -> str:
        return found.text.decode()


class PublicKeyIn(serializers.Serializer[Any]):
    """A public key; the private one stays where it is."""

    public_key = serializers.CharField(max_length=200, help_text="32 bytes of an Ed25519 key in base64")


class SigningKeyIn(PublicKeyIn):
    """The public key of an organization's system, and what people call it."""

    name = serializers.CharField(max_length=80)


class _PublicKeyOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id", read_only=True)
    key_id = serializers.SerializerMethodField()
    public_key = serializers.SerializerMethodField()

    def get_key_id(self, key: Any) -> str:
        return signing.key_id(bytes(key.public_key))

    def get_public_key(self, key: Any) -> str:
        return signing.written(bytes(key.public_key))


class SigningKeyOut(_PublicKeyOut, serializers.ModelSerializer[SigningKey]):
    """A registered key of an organization."""

    class Meta:
        model = SigningKey
        fields = ("id", "name", "key_id", "public_key", "created_at", "revoked_at")
        read_only_fields = fields


class DeviceSigningKeyOut(_PublicKeyOut, serializers.ModelSerializer[DeviceSigningKey]):
    """A registered key of a device."""

    class Meta:
        model = DeviceSigningKey
        fields = ("id", "key_id", "public_key", "created_at", "revoked_at")
        read_only_fields = fields


class SignatureIn(serializers.Serializer[Any]):
    """A signature in base64."""

    signature = serializers.CharField(max_length=200, help_text="64 bytes in base64")


class DaySignatureOut(serializers.ModelSerializer[DaySignature]):
    """A device's signature over a day; it holds for the stretch and root that stood at its time."""

    public_key = serializers.SerializerMethodField()
    signature = serializers.SerializerMethodField()
    root = serializers.SerializerMethodField()  # type: ignore[assignment]
    text = serializers.SerializerMethodField()

    class Meta:
        model = DaySignature
        fields = ("day", "first", "last", "root", "public_key", "text", "signature", "at")
        read_only_fields = fields

    def get_public_key(self, found: DaySignature) -> str:
        return signing.written(bytes(found.key.public_key))

    def get_signature(self, found: DaySignature) -> str:
        return signing.written(bytes(found.signature))

    def get_root(self, found: DaySignature) -> str:
        return bytes(found.root).hex()

    def get_text(self, found: DaySignature) -> str:
        return found.text.decode()
