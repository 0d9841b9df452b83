"""Books that are billed, corrected and sealed, and ways to break them past every guard."""

from datetime import timedelta

from django.db import connection

from billing.actions import checks, corrections, invoices, journals, metering, sealing
from billing.models import Book, CheckFinding, Invoice
from leasing.models import Lease
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, LATER, OCTOBER, say
from tests.billing.ledger.world import payable_to

NIGHT = DUE + timedelta(days=60)


def settle():
    """Bill October, correct it by a note, pay something in, and seal the book: all as it should be."""
    scene = world.build("okuma")
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    say(scene, 9, start=4)
    metering.meter_unit(unit=scene.unit, at=LATER, by=scene.clock)
    corrections.correct(lease=Lease.objects.get(), period=OCTOBER, at=LATER, by=scene.clock)
    journals.post(entry=payable_to(scene.lessor, 500, "in"), at=LATER, by=scene.finance)
    sealing.seal(book=Book.objects.get(), at=LATER, by=scene.clock)
    return scene


def break_(statement, *given):
    """Change rows as the owner of the tables can, past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, given)
        assert cursor.rowcount != 0
        cursor.execute("SET session_replication_role = DEFAULT")


def copied(row, **changes):
    """Write a copy of a row past every trigger."""
    for name, value in {"pk": None, **changes}.items():
        setattr(row, name, value)
    row._state.adding = True
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        row.save(force_insert=True)
        cursor.execute("SET session_replication_role = DEFAULT")
    return row


def run(scene, *only, at=NIGHT):
    return checks.run(at=at, by=scene.finance, only=only)


def found(scene, code, at=NIGHT):
    """Run one check and return what stands of it: subject and the two figures."""
    run(scene, code, at=at)
    rows = CheckFinding.objects.standing().filter(code=code).order_by("subject")
    assert not any(one.failure for one in rows), [one.failure for one in rows]
    return [(one.subject, one.expected, one.found) for one in rows]


def rent(scene):
    return Invoice.objects.originals().get(seller=scene.lessor)


def fee(scene):
    return Invoice.objects.originals().get(seller=scene.platform)


def note_of(invoice):
    return invoice.notes.get()
