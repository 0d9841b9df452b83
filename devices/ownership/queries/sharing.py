"""What a sharing request would open, and what the screening of it looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from devices.ownership.models import (
    Agreement,
    BorderCheck,
    DataAsset,
    GatekeeperEntry,
    Grant,
    SharingRequest,
    compete,
    gatekeeper,
)
from devices.ownership.models.sharing import SharingRequestQuerySet
from devices.ownership.rules import tables
from devices.ownership.rules.decisions import Question, grounds
from devices.ownership.rules.defaults import Matrix
from devices.ownership.rules.parties import Party, party_of
from devices.ownership.rules.screening import Designated, Facts, Finding, InScope, screen
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period

HOME = "CN"
ZONE = ZoneInfo("Asia/Shanghai")  # in which the law counts years
ABROAD = {"71": "TW", "81": "HK", "82": "MO"}  # regions that count as abroad, by GB/T 2260


@dataclass(frozen=True)
class Wish:
    """What a lessee wants to share, with whom and for what; periods are aware, the cap in minor units."""

    agreement: Agreement
    recipient: Organization
    categories: tuple[str, ...]
    right: str
    purpose: str
    interval: str = ""
    generated: Period | None = None
    readable: Period | None = None
    channels: tuple[str, ...] = ()
    price_cap: int | None = None
    currency: str = "CNY"
    destination: str = HOME

    @property
    def place(self) -> str:
        """Where the data would be processed: abroad if the recipient sits there, whatever is said."""
        return ABROAD.get(self.recipient.region_code[:2], self.destination)


@dataclass(frozen=True)
class Screened:
    """What the steps found, whether the recipient competes with the owner, and the border check they used."""

    findings: list[Finding]
    competes: bool
    check: BorderCheck | None

    @property
    def flaws(self) -> list[Flaw]:
        """Everything that stands against it, in the order of the steps."""
        return [flaw for one in self.findings for flaw in one.flaws]


def sharing_of(organization: Organization) -> SharingRequestQuerySet:
    """Return the sharing requests that concern an organization, newest first, as they are shown."""
    return SharingRequest.objects.visible_in(organization).shown()


def organization_named(text: str) -> Organization | None:
    """Return the organization of a public id or a unified social credit code; a list of all there is none."""
    name = text.strip()
    coded = Q(credit_code=name.upper(), awaits_verification=False, closed_at=None)
    named = Q(public_id=name) | coded
    return Organization.objects.filter(named, is_synthetic=False).first()


def wish_of(request: SharingRequest) -> Wish:
    """Return what a request asks for, as it was asked."""
    grant = request.grant
    assert grant.agreement is not None
    return Wish(
        agreement=grant.agreement,
        recipient=grant.recipient,
        categories=tuple(grant.categories),
        right=grant.right,
        purpose=grant.purpose,
        interval=grant.interval,
        generated=Period(grant.generated.lower, grant.generated.upper),
        readable=request.time_box,
        channels=tuple(grant.channels),
        price_cap=request.price_cap,
        currency=request.currency,
        destination=request.destination,
    )


def screened(wish: Wish, *, within: Organization, at: datetime) -> Screened:
    """Go through the screening of a wish of ``within``, by what is known at the moment."""
    agreement, recipient = wish.agreement, wish.recipient
    assets = _in_scope(wish)
    check = None if wish.place == HOME else _border_check(within, wish, at)
    listed = gatekeeper(recipient)
    competes = _competes(recipient, agreement.owner)
    end = wish.readable.end if wish.readable else None
    facts = Facts(
        by_lessee=within.pk == agreement.lessee_id,
        lease=agreement.span,
        recipient=recipient.name,
        kind=recipient.kind,
        party=_party(recipient, agreement),
        gatekeeper=None if listed is None else Designated(listed.on.isoformat(), listed.source),
        purpose=wish.purpose,
        categories=wish.categories,
        channels=frozenset(wish.channels),
        right=wish.right,
        interval=wish.interval,
        generated=wish.generated,
        readable=wish.readable,
        now_is_over=end is not None and end <= at,
        scope=tuple(InScope(_key(one), one.category, one.grade) for one in assets),
        table=_table(wish),
        competes=competes,
        destination=wish.place,
        check=None if check is None else check.public_id,
        check_lets_go=check is not None and _lets_go(check, assets),
    )
    return Screened(screen(facts), competes, check)


def gatekeepers() -> "QuerySet[GatekeeperEntry]":
    """Return all entries of the list of gatekeepers, newest first: who, when, by which source."""
    return GatekeeperEntry.objects.select_related("organization").order_by("-pk")


def _party(recipient: Organization, agreement: Agreement) -> Party:
    owner, lessee = agreement.owner.public_id, agreement.lessee.public_id
    return party_of(recipient.public_id, recipient.kind, owner=owner, lessee=lessee)


def _competes(recipient: Organization, owner: Organization) -> bool:
    """Tell whether a recipient could build a competing machine: one of the owner's industry, or a maker."""
    if recipient.pk == owner.pk:
        return False
    return recipient.kind == OrganizationKind.MAKER or compete(recipient, owner)


def _table(wish: Wish) -> Matrix:
    agreement = Agreement.objects.with_terms().get(pk=wish.agreement.pk)
    return tables.protecting(agreement.span, agreement.agreed, wish.generated)


def _in_scope(wish: Wish) -> list[DataAsset]:
    """Return the series that a wish is about: of what spoke for the machine in the time, by category."""
    when = wish.generated and wish.generated.intersect(wish.agreement.span)
    if when is None:
        return []
    spoke = Q(device__bindings__equipment=wish.agreement.equipment_id)
    spoke &= Q(device__bindings__period__overlap=(when.start, when.end))
    found = DataAsset.objects.filter(spoke, channel__isnull=False).select_related("channel").distinct()
    if wish.channels:
        found = found.filter(channel__key__in=wish.channels)
    return [one for one in found if _grounds(one, wish.agreement) & {*wish.categories}]


def _grounds(asset: DataAsset, agreement: Agreement) -> set[str]:
    """Return as what a series may be shared: what it measures besides being billed by."""
    asked = Question(
        Party.STRANGER,
        asset.category,
        "",
        billing_channel=_key(asset) in agreement.billing_channels,
        counts=asset.counts,
    )
    return {*grounds(asked)}


def _key(asset: DataAsset) -> str:
    assert asset.channel is not None
    return asset.channel.key


def _border_check(within: Organization, wish: Wish, at: datetime) -> BorderCheck | None:
    """Return the newest check of this year about this recipient and place: its counts are this year's."""
    year = at.astimezone(ZONE).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    named = Q(recipient__in=(wish.recipient.public_id, wish.recipient.name))
    found = BorderCheck.objects.filter(named, organization=within, destination=wish.place, at__gte=year)
    return found.order_by("-pk").first()


def _lets_go(check: BorderCheck, assets: Sequence[DataAsset]) -> bool:
    covered = set(check.assets.values_list("pk", flat=True))
    return check.may_go and covered >= {one.pk for one in assets}


def shared_grant(wish: Wish, *, competes: bool) -> Grant:
    """Return the grant that a wish would be, not saved yet."""
    agreement = wish.agreement
    assert wish.generated is not None
    assert wish.readable is not None
    return Grant(
        kind=Grant.Kind.SHARING,
        equipment=agreement.equipment,
        agreement=agreement,
        recipient=wish.recipient,
        party=_party(wish.recipient, agreement),
        categories=sorted(set(wish.categories)),
        channels=sorted(set(wish.channels)),
        right=wish.right,
        purpose=wish.purpose,
        interval=wish.interval,
        generated=(wish.generated.start, wish.generated.end),
        readable=(wish.readable.start, wish.readable.end),
        competitor=competes,
    )
