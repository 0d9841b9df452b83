"""A lease that is financed: 120,000.00 at 6 % over twelve months, with a licensed lessor."""

from datetime import date, timedelta

from leasing.actions import contracts, finance_licences, offers
from leasing.models import FinanceLicence
from marketplace.models import Organization
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.leasing.world import ASKED, CODES, DECIDED, START, person

YEAR = Period(START, START + timedelta(days=366))
FINANCE = {
    "version": 1,
    "principal_minor": 12_000_000,
    "yearly_percent": "6",
    "instalments": 12,
    "every_months": 1,
    "timing": "ARREARS",
    "end": "TRANSFER",
    "nominal_price_minor": 100,
}


def platform():
    """Return the platform and its administrator."""
    made = Organization.objects.create(
        name="平台", kind="PLATFORM", credit_code=CODES[3], region_code="110108"
    )
    return made, person("platform", made, Role.ADMIN)


def license_lessor(world, **changes):
    """Let the platform record that the lessor is licensed."""
    known = Organization.objects.filter(kind="PLATFORM").first()
    owner = (known, known.memberships.get().user) if known else platform()
    given = {
        "platform": owner[0],
        "organization": world.lessor,
        "number": "融租 2020-017",
        "authority": "宁波市地方金融监督管理局",
        "valid_from": date(2020, 1, 1),
        "by": owner[1],
        "at": ASKED,
    }
    return finance_licences.record(**(given | changes))


def quoted(world, **changes):
    """Return a lease for which the lessor offers to finance the machine."""
    terms = {"finance": FINANCE | changes}
    given = {"terms": terms, "valid_until": DECIDED + timedelta(days=3), "by": world.owner, "at": DECIDED}
    return offers.quote(lease=world.ask(period=YEAR), **given)


def accepted(world, **changes):
    """Return a finance lease that waits for both signatures."""
    if not FinanceLicence.objects.exists():
        license_lessor(world)
    lease = quoted(world, **changes)
    digest = lease.offers.latest("version").digest
    return offers.accept(lease=lease, digest=digest, mandate="OFFICE", by=world.buyer, at=DECIDED)


def contracted(world, **changes):
    """Return a finance lease under contract."""
    lease = accepted(world, **changes)
    for within, by in ((world.lessor, world.owner), (world.lessee, world.buyer)):
        given = {"digest": lease.contract.digest, "mandate": "OFFICE", "within": within, "by": by}
        lease = contracts.sign(lease=lease, at=DECIDED, **given)
    return lease
