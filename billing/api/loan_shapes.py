"""Shapes of loans over REST."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.api.loan_product_shapes import PERCENT
from billing.models import LoanApplication, LoanOffer, LoanPayment, LoanStep
from billing.models.loan_products import local_day
from billing.queries import LOAN_DATA
from billing.rules.loan_states import Status, moves_for, shows_data
from billing.rules.loan_terms import LONGEST_REFERENCE, LONGEST_TEXT, MOST_MONTHS, MOST_PRINCIPAL
from billing.rules.loan_tracking import State, overdue
from marketplace.models import Organization
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.declared import Expandable


class LoanInstalmentOut(serializers.Serializer[Any]):
    """One payment in minor units; ``paid_minor``, ``state`` and ``days_late`` as of today."""

    number = serializers.IntegerField()
    due_on = serializers.DateField()
    principal_minor = serializers.IntegerField()
    interest_minor = serializers.IntegerField()
    payment_minor = serializers.IntegerField()
    paid_minor = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[each.value for each in State])
    days_late = serializers.IntegerField()


class LoanOfferOut(serializers.ModelSerializer[LoanOffer]):
    """
    What the lender offers; the lessee accepts it by ``digest`` to the end of ``stands_until``.

    ``yearly_cost`` is the nominal rate a year of interest and fee together, as a share: 0.069 is 6.9 %.
    """

    fee_minor = serializers.IntegerField(source="terms.fee_minor", read_only=True)

    class Meta:
        model = LoanOffer
        fields = (
            "number",
            "amount_minor",
            "currency",
            "months",
            "yearly_percent",
            "method",
            "day_count",
            "fee_percent",
            "fee_minor",
            "early_percent",
            "starts_on",
            "stands_until",
            "yearly_cost",
            "digest",
            "made_at",
        )
        read_only_fields = fields


class LoanPaymentOut(serializers.ModelSerializer[LoanPayment]):
    """What the lender recorded as received; ``stands`` is false of what was taken back, and of that act."""

    stands = serializers.BooleanField(read_only=True)

    class Meta:
        model = LoanPayment
        fields = ("position", "kind", "paid_on", "amount_minor", "reference", "stands", "made_at")
        read_only_fields = fields


class LoanOut(serializers.ModelSerializer[LoanApplication]):
    """
    A loan that was referred: its lender alone lends, and the platform holds none of its money.

    ``lease`` is null for the lender, ``handed_over`` is empty for it once its purpose is over.
    ``overdue_minor`` is what is overdue today; ``schedule`` is that of the offer that stands.
    """

    expandable: ClassVar[Expandable] = {"product": "api-loan-product"}

    id = serializers.CharField(source="public_id", read_only=True)
    allowed = serializers.SerializerMethodField()
    product = serializers.CharField(source="product.public_id", read_only=True)
    product_name = serializers.CharField(source="product.name", read_only=True)
    lender = serializers.CharField(source="lender.public_id", read_only=True)
    lender_name = serializers.CharField(source="lender.name", read_only=True)
    lessee = serializers.CharField(source="lessee.public_id", read_only=True)
    lessee_name = serializers.CharField(source="lessee.name", read_only=True)
    lease = serializers.SerializerMethodField()
    handed_over = serializers.SerializerMethodField()
    offer = serializers.SerializerMethodField()
    schedule = serializers.SerializerMethodField()
    payments = LoanPaymentOut(many=True, read_only=True)
    overdue_minor = serializers.SerializerMethodField()

    class Meta:
        model = LoanApplication
        fields = (
            "id",
            "status",
            "allowed",
            "product",
            "product_name",
            "lender",
            "lender_name",
            "lessee",
            "lessee_name",
            "lease",
            "amount_minor",
            "currency",
            "months",
            "wanted_for",
            "consents",
            "handed_over",
            "consent_digest",
            "applied_at",
            "offer",
            "schedule",
            "payments",
            "overdue_minor",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_allowed(self, loan: LoanApplication) -> list[str]:
        """Return the moves that the reader's side can make now."""
        side = loan.side_of(self._reader())
        return [str(move) for move in moves_for(side, Status(loan.status))] if side else []

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_lease(self, loan: LoanApplication) -> str | None:
        """Return the lease to its lessee."""
        return loan.lease.public_id if self._reader().pk == loan.lessee_id else None

    @extend_schema_field(serializers.DictField())
    def get_handed_over(self, loan: LoanApplication) -> dict[str, Any]:
        """Return the figures to the lessee, and to the lender while it decides or is owed."""
        return handed_over(loan, self._reader())

    @extend_schema_field(LoanOfferOut(allow_null=True))
    def get_offer(self, loan: LoanApplication) -> Any:
        """Return the offer that stands."""
        return LoanOfferOut(loan.offer).data if loan.offer else None

    @extend_schema_field(LoanInstalmentOut(many=True))
    def get_schedule(self, loan: LoanApplication) -> list[dict[str, Any]]:
        """Return every instalment of it, with what is paid."""
        return schedule_of(loan)

    @extend_schema_field(int)
    def get_overdue_minor(self, loan: LoanApplication) -> int:
        """Return what is overdue today."""
        return overdue(loan.standings(local_day(clock.now())))

    def _reader(self) -> Organization:
        return acting_organization(self.context["request"])


class LoanMovedOut(LoanOut):
    """
    What a move answers: the loan without the figures that were handed over, which GET shows while they serve.

    An answer is kept for who sends the same request again, by when its reader may not see them any more.
    """

    handed_over = None  # type: ignore[assignment]

    class Meta:
        model = LoanApplication
        fields = tuple(name for name in LoanOut.Meta.fields if name != "handed_over")
        read_only_fields = fields


class LoanStepOut(serializers.ModelSerializer[LoanStep]):
    """One step of a loan's history, with the hashes that chain it."""

    class Meta:
        model = LoanStep
        fields = (
            "position",
            "move",
            "status_before",
            "status_after",
            "organization_name",
            "occurred_at",
            "reason",
            "facts",
            "previous_hash",
            "hash",
        )
        read_only_fields = fields


class LoanIn(serializers.Serializer[Any]):
    """
    An application: ids of lease and product, and by name the figures that the lender may see.

    ``GET leases/{id}/loan-data/`` shows them before.
    """

    lease = serializers.CharField(max_length=30)
    product = serializers.CharField(max_length=30)
    amount_minor = serializers.IntegerField(min_value=1, max_value=MOST_PRINCIPAL)
    months = serializers.IntegerField(min_value=1, max_value=MOST_MONTHS)
    wanted_for = serializers.CharField(max_length=LONGEST_TEXT)
    consents = serializers.ListField(child=serializers.ChoiceField(choices=list(LOAN_DATA)), max_length=10)


class LoanOfferIn(serializers.Serializer[Any]):
    """What to offer within the product; it is paid out on ``starts_on``, and the schedule runs from then."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=MOST_PRINCIPAL)
    months = serializers.IntegerField(min_value=1, max_value=MOST_MONTHS)
    yearly_percent = serializers.DecimalField(**PERCENT)
    starts_on = serializers.DateField()
    stands_until = serializers.DateField()


class LoanDigestIn(serializers.Serializer[Any]):
    """The digest of the offer as it was read."""

    digest = serializers.CharField(max_length=64)


class LoanReasonIn(serializers.Serializer[Any]):
    """Why; the other side reads it."""

    reason = serializers.CharField(max_length=LONGEST_TEXT)


class LoanPaidOutIn(serializers.Serializer[Any]):
    """When the lender paid out, and its own reference."""

    paid_on = serializers.DateField()
    reference = serializers.CharField(max_length=LONGEST_REFERENCE)


class LoanPaidIn(LoanPaidOutIn):
    """What the lender received, when, and under which reference of its bank."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=2 * MOST_PRINCIPAL)


class LoanTakeBackIn(LoanReasonIn):
    """Which payment is taken back, by its position, and why."""

    position = serializers.IntegerField(min_value=1, max_value=32767)


class LoanNothingIn(serializers.Serializer[Any]):
    """Nothing needs to be said."""


class LoanDayIn(serializers.Serializer[Any]):
    """For which day; today if none is named."""

    on = serializers.DateField(required=False)


class LoanFigureOut(serializers.Serializer[Any]):
    """
    What settles the loan on a day, in minor units: principal, interest to the day, its price, less what was
    paid ahead. With ``due_minor`` something is due and not paid; it comes first.
    """

    on = serializers.DateField()
    principal_minor = serializers.IntegerField()
    interest_minor = serializers.IntegerField()
    price_minor = serializers.IntegerField()
    paid_ahead_minor = serializers.IntegerField()
    total_minor = serializers.IntegerField()
    due_minor = serializers.IntegerField()


class LoanDataOut(serializers.Serializer[Any]):
    """The figures of a lease by kind, as they would be handed over now."""

    data = serializers.DictField()  # type: ignore[assignment]


def handed_over(loan: LoanApplication, reader: Organization) -> dict[str, Any]:
    """Return what a reader sees of the figures that were handed over."""
    may = reader.pk == loan.lessee_id or shows_data(Status(loan.status))
    return dict(loan.handed_over) if may else {}


def schedule_of(loan: LoanApplication) -> list[dict[str, Any]]:
    """Return the instalments of the offer that stands, with what is paid of each today."""
    if loan.offer is None:
        return []
    known = {one.row.number: one for one in loan.standings(local_day(clock.now()))}
    rows = []
    for one in loan.offer.values():
        stands = known.get(one.number)
        rows.append(
            {
                "number": one.number,
                "due_on": one.due_on,
                "principal_minor": one.principal_minor,
                "interest_minor": one.interest_minor,
                "payment_minor": one.value.payment,
                "paid_minor": stands.paid if stands else 0,
                "state": stands.state if stands else State.PLANNED,
                "days_late": stands.days_late if stands else 0,
            }
        )
    return rows
