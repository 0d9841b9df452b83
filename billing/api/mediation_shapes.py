"""Shapes of disputed lines before the platform; amounts are in the smallest coin, before tax."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.actions.mediations import allowed_acts
from billing.models import LineMediation, MediationStep
from billing.rules.mediations import LONGEST_TEXT, Act
from marketplace.queries import acting_organization
from marketplace.shared import clock

MOST_MINOR = 10**15
CHOSEN = [one.value for one in (Act.WRITE, Act.PROPOSE, Act.ACCEPT, Act.REFUSE, Act.WITHDRAW)]


class MediationIn(serializers.Serializer[Any]):
    """The id of an open dispute of a line, and what the platform should know."""

    dispute = serializers.CharField(max_length=30)
    text = serializers.CharField(max_length=LONGEST_TEXT)


class MediationSaidIn(serializers.Serializer[Any]):
    """What both sides and the platform read."""

    text = serializers.CharField(max_length=LONGEST_TEXT)


class MediationTakeBackIn(serializers.Serializer[Any]):
    """What is said with taking the question back, if anything."""

    text = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, default="")


class MediationProposalIn(MediationSaidIn):
    """What is to be given back of the line, until the end of which local day both answer, and why."""

    amount_minor = serializers.IntegerField(min_value=0, max_value=MOST_MINOR)
    answer_on = serializers.DateField()


class MediationStepOut(serializers.ModelSerializer[MediationStep]):
    """What a side, the platform or a deadline did about a case."""

    class Meta:
        model = MediationStep
        fields = ("position", "act", "side", "amount_minor", "text", "person_name", "organization_name", "at")
        read_only_fields = fields


class MediationOut(serializers.ModelSerializer[LineMediation]):
    """
    A disputed line before the platform; ``allowed`` is what you can do about it now.

    ``due_at`` is until when the platform proposes, then until when both sides answer. ``amount_minor`` is
    proposed to be given back of ``line_minor``; it holds only when both have accepted.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    dispute = serializers.CharField(source="dispute.public_id", read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True)
    number = serializers.CharField(source="invoice.number", read_only=True)
    position = serializers.IntegerField(source="dispute.line.position", read_only=True)
    seller = serializers.CharField(source="invoice.seller.public_id", read_only=True)
    buyer = serializers.CharField(source="invoice.buyer.public_id", read_only=True)
    currency = serializers.CharField(source="dispute.line.currency", read_only=True)
    line_minor = serializers.IntegerField(source="dispute.line.net_minor", read_only=True)
    allowed = serializers.SerializerMethodField()
    steps = MediationStepOut(many=True, read_only=True)

    class Meta:
        model = LineMediation
        fields = (
            "id",
            "state",
            "allowed",
            "dispute",
            "invoice",
            "number",
            "position",
            "seller",
            "buyer",
            "side",
            "reason",
            "currency",
            "line_minor",
            "amount_minor",
            "proposal",
            "due_at",
            "asked_at",
            "proposed_at",
            "buyer_accepted_at",
            "seller_accepted_at",
            "closed_at",
            "steps",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=CHOSEN)))
    def get_allowed(self, case: LineMediation) -> list[str]:
        """Return what the reader can do now."""
        request = self.context["request"]
        who = {"within": acting_organization(request), "by": request.user, "at": clock.now()}
        return [one.value for one in allowed_acts(mediation=case, **who)]
