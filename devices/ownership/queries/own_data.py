"""What of trade in data hinders the closing of an organization."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from devices.ownership.models import DataLicence, LicenceStep, PaymentDuty, ProductStep, ProductVersion
from devices.ownership.rules.products import PAY_WITHIN
from marketplace.models import Organization
from marketplace.queries.own_data import Open


def hindrances(one: Organization, at: datetime) -> Iterator[Open]:
    """Yield what is not over: payments for data, licences of either side, products on sale."""
    duties = PaymentDuty.objects.undone().filter(Q(debtor=one) | Q(creditor=one))
    text = gettext_noop("payments for data that are not made: {count}")
    yield Open("data_payments", text, duties, "/data/duties/")
    licences = _live(at).filter(Q(buyer=one) | Q(version__product__seller=one))
    text = gettext_noop("licences of data that run, or are to be paid: {count}")
    yield Open("data_licences", text, licences, "/data/licences/")
    text = gettext_noop("data products that are on sale: {count}")
    yield Open("data_products", text, _on_sale().filter(product__seller=one), "/data/products/")


def _live(at: datetime) -> "QuerySet[DataLicence]":
    """Keep what ``rules.products.licence_state`` calls unpaid or active at a moment."""
    steps = LicenceStep.objects.filter(licence=OuterRef("pk"))
    paid = steps.filter(kind=LicenceStep.Kind.PAID)
    withdrawn = ProductStep.objects.filter(version=OuterRef("version"), kind=ProductStep.Kind.WITHDRAWN)
    unpaid = ~Exists(paid) & ~Exists(withdrawn) & Q(at__gt=at - PAY_WITHIN)
    ended = Exists(steps.filter(kind=LicenceStep.Kind.TERMINATED))
    return DataLicence.objects.filter(unpaid | Exists(paid.filter(until__gt=at))).exclude(ended)


def _on_sale() -> "QuerySet[ProductVersion]":
    """Keep the versions that are published, not withdrawn, and that no newer one replaced."""
    steps = ProductStep.objects.filter(version=OuterRef("pk"))
    newer = ProductStep.objects.filter(
        kind=ProductStep.Kind.PUBLISHED,
        version__product=OuterRef("product"),
        version__number__gt=OuterRef("number"),
    )
    found = ProductVersion.objects.filter(Exists(steps.filter(kind=ProductStep.Kind.PUBLISHED)))
    return found.exclude(Exists(steps.filter(kind=ProductStep.Kind.WITHDRAWN))).exclude(Exists(newer))
