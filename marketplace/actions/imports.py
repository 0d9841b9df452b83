"""Take a file of machines and listings, try it, and run it: long work in steps of a few rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop

from marketplace.actions import audit, background_jobs, gathering, import_rows, search_documents
from marketplace.actions.background_jobs import Kind, Step
from marketplace.actions.import_rows import Known
from marketplace.gateway.transactions import atomic
from marketplace.models import BackgroundJob, Import, ImportRow, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.rules import import_files
from marketplace.rules.import_files import TEXTS, Cells, NotRead, Table
from marketplace.rules.import_rows import added_sites, nameplates
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible

NAME: Final = "import"
AT_ONCE: Final = 10  # rows of a step
MOST_MACHINES: Final = 2_000  # of a file: all or none takes them in as one step
MOST_OPEN: Final = 5  # imports of an organization that wait or are being done
KEPT: Final = timedelta(days=90)  # cells; what became of each row stays
LET_GO_AT_ONCE: Final = 20
OPEN: Final = BackgroundJob.OPEN
Status = ImportRow.Status


class ImportNotRead(Invalid):
    """Nothing of the file can be taken; ``flaws`` say why, those of columns at their headings."""

    code = "import_not_read"
    text = gettext_noop("The file cannot be taken in. Nothing was stored. Mend it and send it again.")


class ImportDone(NotPossible):
    """Every row is in; there is nothing to run."""

    code = "import_done"
    text = gettext_noop("All rows of this file that could be taken in are. Send those that came back anew.")


class ImportsOpen(NotPossible):
    """An organization has as many imports in work as it may."""

    code = "imports_open"
    text = gettext_noop("{most} files of yours are being worked on. Wait until one has ended, or stop one.")


class ImportLetGo(NotPossible):
    """The cells of an old import are not kept."""

    code = "import_let_go"
    text = gettext_noop("The rows of this file are kept for {days} days only. Send the file again.")


def take(
    *,
    organization: Organization,
    content: bytes | None,
    rows: object = None,
    name: str = "",
    mode: str,
    is_trial: bool,
    by: User,
    at: datetime,
) -> Import:
    """
    Take a file, or ``rows`` of JSON, and begin to run it; a trial (``is_trial``) writes no machine.

    :raises MissingRight: if ``by`` may not edit equipment and listings of ``organization``
    :raises ImportNotRead: if it is no table of machines, or larger than is read
    :raises ImportsOpen: if ``MOST_OPEN`` others wait or are being done
    """
    for permission in (Permission.EQUIPMENT_EDIT, Permission.LISTING_EDIT):
        require(by, permission, within=organization)
    try:
        table = import_files.of_rows(rows) if content is None else import_files.read(content)
        if sum(len(nameplates(cells)) for _, cells in table.rows) > MOST_MACHINES:
            raise NotRead(("serial", "too_many_machines", {"most": f"{MOST_MACHINES:,}"}))
    except NotRead as error:
        flaws = [Flaw(f"/{column}", code, TEXTS[code], facts) for column, code, facts in error.faults]
        raise ImportNotRead(flaws=flaws) from error
    return _take(
        organization=organization, table=table, name=name, mode=mode, is_trial=is_trial, by=by, at=at
    )


@atomic
def _take(
    *, organization: Organization, table: Table, name: str, mode: str, is_trial: bool, by: User, at: datetime
) -> Import:
    made = Import.objects.create(
        organization=organization,
        made_by=by,
        name=_clean(name) or f"{at:%Y-%m-%d} {table.format}",
        format=table.format,
        mode=mode,
        is_trial=is_trial,
        headings=[list(pair) for pair in table.headings],
        sites=added_sites([cells for _, cells in table.rows]),
        dictionaries=import_rows.seen_by(cells=[cells for _, cells in table.rows]),
        made_at=at,
    )
    ImportRow.objects.bulk_create(_rows(made, table.rows))
    audit.record(
        by=by, action="import.take", subject=made.public_id, at=at, within=organization, rows=len(table.rows)
    )
    return _begun(made, by, at)


@atomic
def run(*, found: Import, mode: str, by: User, at: datetime) -> Import:
    """
    Run an import that was tried, or stopped: rows that are in stay as they are, the others are taken anew.

    :raises MissingRight: if ``by`` may not edit equipment of its organization
    :raises JobRunning: if it is being tried or run already
    :raises ImportDone: if it was run to its end
    :raises ImportLetGo: if it is older than ``KEPT``
    :raises ImportsOpen: if ``MOST_OPEN`` others wait or are being done
    """
    require(by, Permission.EQUIPMENT_EDIT, within=found.organization)
    found = Import.objects.locked().select_related("organization").get(pk=found.pk)
    if found.ran_at is not None:
        raise ImportDone
    if not found.headings or at - found.made_at > KEPT:
        raise ImportLetGo(days=KEPT.days)
    found.mode, found.is_trial, found.made_by = mode, False, by
    found.save()
    audit.record(by=by, action="import.run", subject=found.public_id, at=at, within=found.organization)
    return _begun(found, by, at)


@atomic
def let_go(*, at: datetime) -> int:
    """Let go of the cells of some imports that are older than ``KEPT``; return of how many."""
    old = Import.objects.filter(made_at__lt=at - KEPT).exclude(headings=[]).exclude(job__status__in=OPEN)
    some = list(old.locked()[:LET_GO_AT_ONCE])
    ImportRow.objects.filter(of__in=some).update(cells={})
    return Import.objects.filter(pk__in=[one.pk for one in some]).update(headings=[], sites={})


def _begun(found: Import, by: User, at: datetime) -> Import:
    Organization.objects.locked().get(pk=found.organization_id)  # two at once are counted one after the other
    mine = BackgroundJob.objects.open().filter(organization=found.organization_id, kind=NAME)
    if mine.exclude(subject=found.public_id).count() >= MOST_OPEN:
        raise ImportsOpen(most=MOST_OPEN)
    found.job = background_jobs.start(
        kind=NAME,
        subject=found.public_id,
        title=found.name,
        total=found.rows.count(),
        organization=found.organization,
        by=by,
        at=at,
    )
    found.save(update_fields=["job"])
    return found


def step(*, job: BackgroundJob, at: datetime) -> Step:
    """
    Do the next rows of an import, each in a savepoint of its own, within the transaction of the step.

    All or none: rows are tried first; the last step takes them in together, if none was refused.
    """
    found = Import.objects.locked().select_related("organization", "made_by").get(public_id=job.subject)
    is_whole = found.mode == Import.Mode.REJECT_ALL and not found.is_trial
    some = list(found.rows.filter(place__gt=job.done).order_by("place")[:AT_ONCE])
    _work(found, some, at, keep=not (is_whole or found.is_trial))
    done = job.done + len(some)
    is_last = done >= job.total
    if is_last and is_whole:
        _all_or_none(found, at)
    if is_last and not found.is_trial and not _is_returned(found):
        found.ran_at = at
        found.save(update_fields=["ran_at"])
    return Step(done, is_last)


def _work(found: Import, some: Sequence[ImportRow], at: datetime, *, keep: bool) -> bool:
    """Take rows in, or try them; return whether none was refused."""
    known = Known(found.organization)
    known.look(some, found.dictionaries)
    with search_documents.together(at=at), gathering.gathered():
        for row in some:
            if row.status != Status.CREATED:
                import_rows.take_in(row=row, of=found, known=known, by=found.made_by, at=at, keep=keep)
    ImportRow.objects.bulk_update(some, ["status", "equipment", "listing", "errors"])
    return not any(row.status == Status.REFUSED for row in some)


def _all_or_none(found: Import, at: datetime) -> None:
    """Take all rows in, and undo every one if one is refused: then rows say what is wrong with them."""
    if _is_returned(found):
        return
    every = list(found.rows.order_by("place"))
    with transaction.atomic():
        good = _work(found, every, at, keep=True)
        if not good:
            transaction.set_rollback(True)
    if not good:
        refused = [row for row in every if row.status == Status.REFUSED]
        ImportRow.objects.bulk_update(refused, ["status", "equipment", "listing", "errors"])


def _is_returned(found: Import) -> bool:
    """Tell whether all rows were sent back because of one: mended rights or sites may let it pass later."""
    is_whole = found.mode == Import.Mode.REJECT_ALL
    return is_whole and found.rows.filter(status=Status.REFUSED).exists()


def told(*, job: BackgroundJob) -> tuple[Told, dict[str, str]] | None:
    """Return what the person is told when an import has run; of a trial nothing: it is waited for."""
    found = Import.objects.get(public_id=job.subject)
    if found.is_trial:
        return None
    counts = found.counts()
    names = ("created", "there", "refused")
    return Told.IMPORT_DONE, {"name": found.name} | {name: str(counts[name.upper()]) for name in names}


def _rows(made: Import, rows: Sequence[tuple[int, Cells]]) -> list[ImportRow]:
    first: dict[tuple[str, str], int] = {}
    found = []
    for place, (number, cells) in enumerate(rows, start=1):
        plates = nameplates(cells)
        repeats = next((first[plate] for plate in plates if plate in first), None)
        for plate in plates:
            first.setdefault(plate, number)
        found.append(ImportRow(of=made, place=place, number=number, cells=cells, repeats=repeats))
    return found


def _clean(name: str) -> str:
    """Return the name of a file without its folders and signs that nobody sees."""
    return "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())[:120]


KIND: Final = Kind(
    step=step,
    unit="rows",
    page="/imports/{subject}/",
    address="/api/v1/imports/{subject}/",
    permission=Permission.EQUIPMENT_EDIT,
    reads=Scope.EQUIPMENT_READ,
    writes=Scope.EQUIPMENT_WRITE,
    told=told,
)
