"""What a version of a data product says: looked at for faults, and written down with its digests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_noop

from devices.ownership import queries
from devices.ownership.models import DataAsset, DataProduct, ProductVersion
from devices.ownership.queries import Subject
from devices.ownership.rules import products as rules
from devices.ownership.rules.odrl import offering
from devices.ownership.rules.odrl.writing import written as policy_written
from devices.ownership.rules.products import INTERVALS, Role, Share
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.money import PLACES
from marketplace.shared.period import Period

LONGEST = {"title": 80, "about": 500, "source": 500, "basis": 300}
KIND_OF = {Role.MAKER: OrganizationKind.MAKER, Role.PLATFORM: OrganizationKind.PLATFORM}
FLAWS = {
    "text_missing": gettext_noop("Write this, in at most {most} characters."),
    "text_too_long": gettext_noop("Write at most {most} characters."),
    "assets_count": gettext_noop("Name at least one data asset, and at most {most}."),
    "asset_repeated": gettext_noop("This data asset is named twice."),
    "unknown_asset": gettext_noop("You know of no such data asset."),
    "period_open": gettext_noop("Say when the period ends."),
    "interval_not_sold": gettext_noop("Figures are sold over one of: {choices}."),
    "purpose_unknown": gettext_noop("Choose among the purposes that a buyer can have."),
    "out_of_range": gettext_noop("This lies between {least} and {most}."),
    "currency_unknown": gettext_noop("The currency must be one of: {choices}."),
    "recipient_unknown": gettext_noop("Choose among the kinds of organizations."),
    "share_twice": gettext_noop("An organization has one share."),
    "share_negative": gettext_noop("A share cannot be negative."),
    "share_not_whole": gettext_noop(
        "The shares must add up to 10,000 basis points, the platform's included."
    ),
    "share_of_side_missing": gettext_noop(
        "Everybody whose rights are touched must stand in the split with its role, if with nothing: {sides}."
    ),
    "share_role_wrong": gettext_noop("Lessee and owner are those of the time that the data are from."),
    "share_of_platform": gettext_noop("The platform's share is {fee} basis points at least."),
    "share_unknown": gettext_noop("There is no such organization, or it cannot have this role."),
}


class BadProduct(Invalid):
    """Something stands against the offer; each flaw names what and where."""

    code = "bad_product"
    text = gettext_noop("This cannot be offered; {count} things stand against it.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a version is to say; ``period`` is when the data were generated, ``days`` count from payment."""

    title: str
    assets: Sequence[str]
    period: Period
    interval: str
    purposes: Sequence[str]
    days: int
    most_licences: int
    price: int  # minor units
    shares: Sequence[Share]
    source: str
    basis: str
    about: str = ""
    currency: str = "CNY"
    recipients: Sequence[str] = ()
    abroad: bool = False


def check(*, wanted: Wanted, within: Organization, at: datetime) -> None:
    """
    Look at what can be told without a look at the data.

    :raises BadProduct: with each fault, at its field
    """
    _refuse([*_texts(wanted), *_said(wanted), *_named(wanted.assets, within, at)])


def check_split(*, wanted: Wanted, subject: Subject, within: Organization) -> tuple[Share, ...]:
    """
    Return the shares in their one order.

    :raises BadProduct: if they are not whole, leave out somebody touched, or name somebody wrongly
    """
    sides, shares = queries.sides_of(subject), rules.ordered(wanted.shares)
    names = Organization.objects.in_bulk([one.organization for one in shares], field_name="public_id")
    unknown = [one for one in shares if not _can_be(one, names, within)]
    codes = rules.share_faults(shares, sides, fee=settings.DATA_PRODUCT_FEE)
    said = Organization.objects.filter(public_id__in=sides).order_by("pk").values_list("name", flat=True)
    facts = {"sides": ", ".join(said), "fee": settings.DATA_PRODUCT_FEE}
    _refuse([_flaw("/shares", one, **facts) for one in [*codes, *(["share_unknown"] if unknown else [])]])
    return shares


def _can_be(share: Share, names: Mapping[str, Organization], within: Organization) -> bool:
    """Tell whether an organization exists and can have its role."""
    found = names.get(share.organization)
    if found is None or (share.role == Role.SELLER and found.pk != within.pk):
        return False
    wanted = KIND_OF.get(Role(share.role))
    return wanted is None or found.kind == wanted


def require_sellable(*, subject: Subject, seller: Organization, at: datetime) -> None:
    """
    Look at grades, rights, disputes, erasures and the size of the group, as they are now.

    :raises BadProduct: with each ground of refusal, at its item
    """
    found = rules.findings(subject.period, queries.items_of(subject, seller, at), at=at)
    _refuse([Flaw(pointer, str(ground), rules.GROUNDS[ground]) for pointer, ground in found])


def write(
    *,
    product: DataProduct,
    wanted: Wanted,
    shares: Sequence[Share],
    subject: Subject,
    by: User,
    at: datetime,
) -> ProductVersion:
    """Write a version with what its digests are over."""
    evidence = queries.evidence_of(subject, wanted.interval)
    paid = {one.organization for one in shares if one.role != Role.PLATFORM}
    parties = sorted({*queries.sides_of(subject), *paid} - {product.seller.public_id})
    version = ProductVersion(
        product=product,
        number=max((one.number for one in product.versions.all()), default=0) + 1,
        **{name: getattr(wanted, name).strip() for name in LONGEST},
        assets=list(wanted.assets),
        categories=queries.categories_of(subject),
        period=DateTimeTZRange(wanted.period.start, wanted.period.end),
        interval=wanted.interval,
        grade=queries.grade_of_content(subject),
        purposes=sorted(set(wanted.purposes)),
        days=wanted.days,
        most_licences=wanted.most_licences,
        recipients=sorted(set(wanted.recipients)),
        abroad=wanted.abroad,
        price=wanted.price,
        currency=wanted.currency,
        shares=[asdict(one) for one in shares],
        parties=parties,
        evidence=evidence,
        content=rules.content_digest(evidence),
        by=by,
        at=at,
    )
    said = rules.text(_facts(version))
    version.text, version.digest = said.decode(), rules.digest(said)
    version.save(force_insert=True)
    return version


def _facts(version: ProductVersion) -> dict[str, object]:
    name, seller = f"{version.product.public_id}:{version.number}", version.product.seller.public_id
    policy = policy_written(offering.offer(name, seller=seller, terms=version.terms))
    return {
        "id": version.product.public_id,
        "number": version.number,
        "seller": seller,
        **{one: getattr(version, one) for one in LONGEST},
        "assets": version.assets,
        "from": version.span.start,
        "to": version.span.end,
        "interval": version.interval,
        "grade": str(version.grade),
        "policy": policy,
        "price": version.price,
        "currency": version.currency,
        "shares": version.shares,
        "parties": version.parties,
        "content": version.content,
        "at": version.at,
    }


def _refuse(flaws: Sequence[Flaw]) -> None:
    if flaws:
        raise BadProduct(flaws=flaws, count=len(flaws))


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, FLAWS[code], facts)


def _texts(wanted: Wanted) -> Iterator[Flaw]:
    for name, most in LONGEST.items():
        said = getattr(wanted, name).strip()
        if not said and name != "about":
            yield _flaw(f"/{name}", "text_missing", most=most)
        if len(said) > most:
            yield _flaw(f"/{name}", "text_too_long", most=most)


def _said(wanted: Wanted) -> Iterator[Flaw]:
    if wanted.period.end is None:
        yield _flaw("/period", "period_open")
    if wanted.interval not in INTERVALS:
        yield _flaw("/interval", "interval_not_sold", choices=", ".join(INTERVALS))
    if not wanted.purposes or set(wanted.purposes) - set(rules.PURPOSES):
        yield _flaw("/purposes", "purpose_unknown")
    limits = {"days": rules.MOST_DAYS, "most_licences": rules.MOST_LICENCES, "price": rules.MOST_PRICE}
    for name, most in limits.items():
        if not 1 <= getattr(wanted, name) <= most:
            yield _flaw(f"/{name}", "out_of_range", least=1, most=most)
    if wanted.currency not in PLACES:
        yield _flaw("/currency", "currency_unknown", choices=", ".join(sorted(PLACES)))
    if set(wanted.recipients) - set(OrganizationKind.values):
        yield _flaw("/recipients", "recipient_unknown")


def _named(assets: Sequence[str], within: Organization, at: datetime) -> Iterator[Flaw]:
    """Yield a fault for each asset that cannot be named; what one may not know of does not exist for one."""
    if not 0 < len(assets) <= rules.MOST_ASSETS:
        yield _flaw("/assets", "assets_count", most=rules.MOST_ASSETS)
        return
    known = DataAsset.objects.known_to(within, at=at).filter(public_id__in=assets)
    found = set(known.values_list("public_id", flat=True)) | queries.certified(assets, within, at)
    for place, one in enumerate(assets):
        if one not in found:
            yield _flaw(f"/assets/{place}", "unknown_asset")
        elif one in assets[:place]:
            yield _flaw(f"/assets/{place}", "asset_repeated")
