"""Make the bundle of an invoice: all that somebody needs to check it without the platform."""

import hashlib
import json
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.utils.translation import gettext_noop

from billing.actions import bundle_beginnings as beginnings
from billing.actions import bundle_documents as documents
from billing.actions import bundle_files as files
from billing.actions.bundle_documents import Spoken
from billing.models import Invoice
from billing.rules import bundles
from billing.rules.proofs import written_value
from billing.rules.rechecking import offsets, tax_rows
from billing.rules.scrap import reach_of
from devices.models import Device, LogHead
from devices.models.deliveries import leaf_of
from devices.ownership.actions import access
from devices.queries import entry_of, inclusion
from devices.rules.disclosure import Shown
from devices.rules.groups import Group
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotPossible

PURPOSE = "billing"  # for which both sides and the platform may read what the count rules name
WHEN = (1980, 1, 1, 0, 0, 0)  # so that the same bundle is the same file
FILE = 0o644 << 16
IN_MEMORY = 4 * 1024 * 1024


class InvoiceNotIssued(NotPossible):
    """A draft still follows the usage."""

    code = "invoice_not_issued"
    text = gettext_noop("This invoice is a draft. There is something to prove once it is issued.")


class NoReadingsBehind(NotPossible):
    """Who sells a service bills accepted work; no reading is behind it, and none is shown for it."""

    code = "no_readings_behind"
    text = gettext_noop("This invoice bills accepted work. No readings of the machine are behind it.")


class NoReadingsBehindSlot(NoReadingsBehind):
    """A slot is billed by what was booked and how it ended; no reading is behind it."""

    code = "no_readings_behind_slot"
    text = gettext_noop(
        "This invoice bills a slot booking. Its price comes from the booking, its frozen price plan and how "
        "it ended, which the history of the booking shows; no reading of the machine is behind it."
    )


class InterestHasNoReadings(NotPossible):
    """Late interest follows from days and amounts, all of which stand on its document."""

    code = "interest_has_no_readings"
    text = gettext_noop("This document claims interest. All that it was computed from stands on it.")


class DeliveriesNotSealed(NotPossible):
    """The log has not come to the last delivery."""

    code = "deliveries_not_sealed"
    text = gettext_noop(
        "Deliveries that prove this invoice are not in the signed log yet. Ask again shortly."
    )


def make(
    *,
    invoice: Invoice,
    to: IO[bytes],
    within: Organization,
    by: User,
    at: datetime,
    from_handover: bool = True,
) -> None:
    """
    Write the bundle of an issued invoice as a ZIP; it is the same for everybody who may have it.

    Readings come through the door of data ownership, delivery by delivery; of groups that the count rules do
    not need there are digests only. It holds the deliveries from the handover on, or from the state at the
    beginning of the period, if that is still the one from which the invoice was counted and nothing in the
    period takes from days before it. What was read stands in the access log, also if it was refused. Call it
    outside of any transaction.

    :raises MissingRight: if ``by`` may not read invoices and telemetry for ``within``
    :raises InvoiceNotIssued: if the invoice is a draft
    :raises NoReadingsBehind: if it is that of a service provider, or of a slot booking
    :raises InterestHasNoReadings: if it claims late interest
    :raises DeliveriesNotSealed: if the log has no head over all deliveries that are needed
    :raises DisclosureNotAllowed: if ``within`` may not read what the count rules name
    :raises RightsChanged: if an agreement changed meanwhile
    """
    require(by, Permission.INVOICE_READ, within=within)
    _check(invoice)
    sets = documents.window_sets(invoice=invoice)
    spoken = documents.spoken(invoice=invoice, sets=sets)
    begun = [(one, beginnings.beginnings(invoice=invoice, one=one)) for one in spoken]
    reaches_back = reach_of(invoice.of_lease.agreed.count_rules) is not None
    whole = from_handover or reaches_back or not all(each.known for _, found in begun for each in found)
    if not whole:
        spoken = [beginnings.shortened(one=one, begun=found) for one, found in begun]
    log = _log(spoken)
    rows = [_disclosed(one, within, by, at) for one in spoken if one.arrivals is not None]
    terms = invoice.of_lease.agreed
    written = {
        bundles.INVOICE: documents.invoice_document(invoice=invoice),
        bundles.TERMS: {"terms": invoice.of_lease.terms, "digest": invoice.of_lease.terms_digest},
        bundles.HANDOVERS: documents.handovers_document(invoice=invoice, found=spoken),
        bundles.TAX: {"rates": tax_rows()},
        bundles.ZONE: {
            "zone": terms.zone.key,
            "version": files.zone_version(),
            "offsets": offsets(terms.zone, invoice.period),
        },
        bundles.WINDOWS: documents.windows_document(invoice=invoice, sets=sets),
        bundles.REVIEWS: documents.reviews_document(invoice=invoice),
        bundles.CHECKPOINTS: beginnings.document(found=begun, whole=whole),
        bundles.LOG: log,
    }
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as packed:
        totals = {name: _put(packed, name, [_json(document)]) for name, document in written.items()}
        for name, content in (*files.rules(), *files.zone(key=terms.zone.key)):
            totals[name] = _put(packed, name, [content])
        lines = (_json(row, indent=None) for found in rows for row in found)
        totals[bundles.DELIVERIES] = _put(packed, bundles.DELIVERIES, lines)
        _put(packed, bundles.MANIFEST, [_json(bundles.manifest(totals))])


def _check(invoice: Invoice) -> None:
    if invoice.status != Invoice.Status.ISSUED:
        raise InvoiceNotIssued
    if invoice.booking_id is not None:
        raise NoReadingsBehindSlot
    if not invoice.is_of_lease:
        raise NoReadingsBehind
    if invoice.is_interest:
        raise InterestHasNoReadings


def in_a_file(
    *, invoice: Invoice, within: Organization, by: User, at: datetime, from_handover: bool = True
) -> IO[bytes]:
    """
    Write the bundle to a temporary file, ready to be read, which goes away when it is closed.

    A small one stays in memory.

    Refusals are those of :func:`make`.
    """
    with ExitStack() as stack:
        to = stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        make(invoice=invoice, to=to, within=within, by=by, at=at, from_handover=from_handover)
        to.seek(0)
        stack.pop_all()
        return to


def _put(packed: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> str:
    """Write one file, piece by piece; return its SHA-256."""
    entry, total = zipfile.ZipInfo(name, WHEN), hashlib.sha256()
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, FILE
    with packed.open(entry, "w", force_zip64=True) as file:
        for piece in pieces:
            total.update(piece)
            file.write(piece)
    return total.hexdigest()


def _json(document: Any, *, indent: int | None = 1) -> bytes:
    separators = None if indent else (",", ":")
    return (json.dumps(document, ensure_ascii=False, indent=indent, separators=separators) + "\n").encode()


def _log(spoken: Sequence[Spoken]) -> dict[str, Any]:
    """Write the proofs that the last delivery of each device is in one signed head: it names all before."""
    last = {one.device: one.arrivals[1] for one in spoken if one.arrivals is not None}
    entries = {device: entry_of(device, arrival) for device, arrival in last.items()}
    if not entries:
        return {"head": None, "entries": []}
    positions = [-1 if entry is None else entry.position for entry in entries.values()]
    heads = LogHead.objects.filter(size__gt=max(positions)).select_related("key").order_by("size")
    head = heads.first()
    if head is None or min(positions) < 0:
        raise DeliveriesNotSealed
    return {
        "head": {
            "size": head.size,
            "root": bytes(head.root).hex(),
            "at": head.at.isoformat(),
            "text": head.text.decode(),
            "key": head.key_id,
            "public_key": b64encode(bytes(head.key.public_key)).decode(),
            "signature": b64encode(bytes(head.signature)).decode(),
        },
        "entries": [
            {
                "device": device.public_id,
                "arrival": entry.arrival,
                "position": entry.position,
                "path": [part.hex() for part in inclusion(entry.position, head.size)],
            }
            for device, entry in entries.items()
            if entry is not None
        ],
    }


def _disclosed(one: Spoken, within: Organization, by: User, at: datetime) -> Iterator[dict[str, Any]]:
    """Pass the door now; read when the rows are taken."""
    assert one.arrivals is not None
    found = access.disclose(
        device=one.device,
        channels=one.channels,
        times=one.times,
        arrivals=one.arrivals,
        purpose=PURPOSE,
        by=by,
        within=within,
        at=at,
    )
    return _rows(one.device, one.arrivals[0], found)


def _rows(device: Device, first: int, found: Iterable[Shown]) -> Iterator[dict[str, Any]]:
    previous = leaf_of(device, first - 1) or b""
    for shown in found:
        yield _row(device, previous, shown)
        previous = shown.stored.leaf


def _row(device: Device, previous: bytes, shown: Shown) -> dict[str, Any]:
    stored = shown.stored
    return {
        "device": device.public_id,
        "arrival": stored.arrival,
        "received": stored.received,
        "epoch": stored.epoch,
        "previous": previous.hex(),
        "leaf": stored.leaf.hex(),
        "groups": {name: total.hex() for name, total in shown.digests.items()},
        "open": [_group(group) for group in shown.open],
        "stated": [[*one[:3], written_value(one.value)] for one in shown.readings],
        "stated_life": [list(one) for one in shown.trace],
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "block": b64encode(group.block).decode(),
        "salt": group.salt.hex(),
        "channels": list(group.channels),
        "words": list(group.words),
    }
