"""The synthetic contract of the tests: four days of October and November, delivered, metered and billed."""

from datetime import UTC, datetime, timedelta

from billing.actions import batches, metering, sealing, synthetic
from billing.models import Book, SyntheticContract
from marketplace.actions import parties
from tests.factories import marketplace as factory

START = datetime(2026, 10, 29, 3, 17, 5, tzinfo=UTC)
BILLED = datetime(2026, 11, 1, 17, tzinfo=UTC)


def robot():
    """Return whoever runs the clock."""
    return parties.robot(name="clock")


def begin() -> SyntheticContract:
    """Start the contract, with a platform and nothing delivered yet."""
    factory.platform()
    factory.category(synthetic.CATEGORY)
    return synthetic.start(at=START, by=robot())


def go_on(contract: SyntheticContract, until: datetime, *, every: timedelta = timedelta(hours=8)) -> None:
    """Let beat do its work up to a moment: deliver and meter."""
    contract.refresh_from_db()
    at = contract.sent_to
    while at < until:
        at = min(at + every, until)
        synthetic.deliver(at=at, by=robot())
        metering.meter_unit(unit=contract.lease.units.get(), at=at, by=robot())
    contract.refresh_from_db()


def billed() -> SyntheticContract:
    """Let October be billed by the automatic run, and what was booked be sealed."""
    contract = begin()
    go_on(contract, BILLED)
    outcome = batches.bill_and_keep(leases=[contract.lease], at=BILLED, by=robot())
    assert not outcome.failures
    assert len(outcome.invoices) == 1
    for book in Book.objects.all():
        sealing.seal(book=book, at=BILLED, by=robot())
    return contract
