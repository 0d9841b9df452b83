"""Take along what is stored of a person or an organization: a file that the worker makes, for a week."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain, tee
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from django.db.models import BinaryField, Func
from django.utils.translation import gettext_noop

from marketplace.actions import audit, background_jobs, throttles
from marketplace.actions.background_jobs import Kind, Step
from marketplace.gateway.files import FORMATS, IN_MEMORY
from marketplace.gateway.transactions import atomic
from marketplace.models import BackgroundJob, DataExport, DataTable, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight, Permission, require
from marketplace.queries.own_data import Table, tables_of
from marketplace.rules import throttles as limits
from marketplace.rules.notifications import Kind as Told
from marketplace.rules.own_data import KEPT, About, Form, Held, cell, lines, pack
from marketplace.shared.errors import NotPossible

OF_PERSON: Final = "own-data"
OF_ORGANIZATION: Final = "organization-data"
ROWS_AT_ONCE: Final = 500
AT_ONCE: Final = 20  # files whose content goes in one run


class ExportNotReady(NotPossible):
    """The file is being made."""

    code = "export_not_ready"
    text = gettext_noop("The file is being made. Look again in a minute.")


class ExportOver(NotPossible):
    """A file is kept for a week."""

    code = "export_over"
    text = gettext_noop("This file was kept for {days} days and is gone. Have a new one made.")


def of_person(*, within: Organization | None, by: User, at: datetime) -> DataExport:
    """
    Have a file made of what is stored of ``by``; whoever belongs to no organization has it at once.

    Asks for no right: PIPL article 45 gives everybody a copy of its own data.

    :raises TooManyTries: if ``by`` asks too often
    """
    throttles.take(limits={f"own data of {by.public_id}": limits.EXPORT}, at=at)
    return _of_person(within, by, at)


@atomic
def _of_person(within: Organization | None, by: User, at: datetime) -> DataExport:
    made = DataExport.objects.create(about=About.PERSON, organization=within, made_by=by, made_at=at)
    audit.record(by=by, action="own_data.ask", subject=made.public_id, at=at)
    if within is None:
        for table in tables_of(About.PERSON):
            _write(made, table)
        _end(made, at)
        return made
    return _begun(made, OF_PERSON, within, by, at)


def of_organization(*, organization: Organization, by: User, at: datetime) -> DataExport:
    """
    Have a file made of what is stored of an organization.

    :raises MissingRight: if ``by`` does not administer it
    :raises TooManyTries: if it is asked too often
    """
    require(by, Permission.ORGANIZATION_CLOSE, within=organization)
    throttles.take(limits={f"data of {organization.public_id}": limits.EXPORT}, at=at)
    return _of_organization(organization, by, at)


@atomic
def _of_organization(organization: Organization, by: User, at: datetime) -> DataExport:
    made = DataExport.objects.create(
        about=About.ORGANIZATION, organization=organization, made_by=by, made_at=at
    )
    audit.record(by=by, action="data_export.ask", subject=made.public_id, at=at, within=organization)
    return _begun(made, OF_ORGANIZATION, organization, by, at)


@atomic
def hand_out(*, export: DataExport, by: User, at: datetime) -> bytes:
    """
    Return the content of a file, and note who took it.

    :raises MissingRight: if it is somebody else's, or of an organization that ``by`` administers no more
    :raises ExportNotReady: if it is being made
    :raises ExportOver: if its week is over
    """
    if export.about == About.ORGANIZATION:
        assert export.organization is not None
        require(by, Permission.ORGANIZATION_CLOSE, within=export.organization)
    elif export.made_by_id != by.pk:
        raise MissingRight(organization=by.name)
    if export.ended_at is None:
        raise ExportNotReady
    if export.content is None or export.expires_at is None or export.expires_at <= at:
        raise ExportOver(days=KEPT.days)
    within = export.organization if export.about == About.ORGANIZATION else None
    audit.record(by=by, action="data_export.take", subject=export.public_id, at=at, within=within)
    return bytes(export.content)


@atomic
def let_go(*, at: datetime) -> int:
    """Let go of what files held whose week is over, and of the tables of stopped ones; return of how many."""
    keys = list(DataExport.objects.over(at).locked().values_list("pk", flat=True)[:AT_ONCE])
    stopped = list(DataExport.objects.stopped().locked().values_list("pk", flat=True)[:AT_ONCE])
    DataTable.objects.filter(of__in=stopped).delete()
    return DataExport.objects.filter(pk__in=keys).update(content=None) + len(stopped)


def step(*, job: BackgroundJob, at: datetime) -> Step:
    """Write the next table of a file, nothing of who was erased meanwhile; the last step packs it."""
    export = DataExport.objects.locked().select_related("organization", "made_by").get(public_id=job.subject)
    if not export.made_by.is_active:
        return Step(job.done, True)
    tables = tables_of(export.about)
    _write(export, tables[job.done])
    is_last = job.done + 1 >= job.total
    if is_last:
        _end(export, at)
    return Step(job.done + 1, is_last)


def told(*, job: BackgroundJob) -> tuple[Told, dict[str, str]] | None:
    """Return what the person is told when its file is there."""
    return Told.EXPORT_READY, {"days": str(KEPT.days)}


def _begun(made: DataExport, kind: str, within: Organization, by: User, at: datetime) -> DataExport:
    made.job = background_jobs.start(
        kind=kind,
        subject=made.public_id,
        title=str(made.public_id),
        total=len(tables_of(made.about)),
        organization=within,
        by=by,
        at=at,
    )
    made.save(update_fields=["job"])
    return made


def _write(export: DataExport, table: Table) -> None:
    """Write both forms of a table while its rows come: never are all of them held as rows."""
    subject: Any = export.made_by if export.about == About.PERSON else export.organization
    rows = iter(table.rows(subject).iterator(chunk_size=ROWS_AT_ONCE))
    first = next(rows, None)
    columns = list(first) if first else []
    written, document = 0, io.BytesIO()

    def seen() -> Iterator[Mapping[str, Any]]:
        nonlocal written
        for row in chain([first] if first else [], rows):
            written += 1
            yield row

    def cells() -> Iterator[list[object]]:
        """Yield the rows as cells, and write each as JSON on the way."""
        one, two = tee(seen())
        told = lines(two)
        for row in one:
            document.write(next(told))
            yield [cell(row[name]) for name in columns]
        document.writelines(told)

    file = io.BytesIO()
    write, _media_type = FORMATS["csv"]
    write(file, columns, cells())
    DataTable.objects.create(
        of=export, name=table.name, rows=written, csv=file.getbuffer(), json=document.getbuffer()
    )


def _end(export: DataExport, at: datetime) -> None:
    """Pack the tables, one form of one of them at a time."""
    order = [one.name for one in tables_of(export.about)]
    digest = Func("json", function="sha256", output_field=BinaryField())
    known = export.tables.annotate(digest=digest).values_list("name", "rows", "digest")
    held = {name: Held(name, rows, bytes(sha256).hex()) for name, rows, sha256 in known}
    facts = {"id": export.public_id, "about": export.about, "made_at": export.made_at.isoformat()}

    def read(name: str, form: Form) -> bytes:
        return bytes(export.tables.values_list(form.value, flat=True).get(name=name))

    with SpooledTemporaryFile(IN_MEMORY) as file:
        pack(file, [held[name] for name in order], facts, read)
        file.seek(0)
        content = file.read()
    export.content, export.size = content, len(content)
    export.sha256 = hashlib.sha256(content).hexdigest()
    export.ended_at, export.expires_at = at, at + KEPT
    export.save()
    export.tables.all().delete()


def _kind(permission: Permission, *, is_own: bool = False) -> Kind:
    return Kind(
        step=step,
        unit="tables",
        page="/your-data/",
        address="/api/v1/data-exports/{subject}/",
        permission=permission,
        reads=Scope.DATA_EXPORT,
        writes=Scope.DATA_EXPORT,
        told=told,
        is_own=is_own,
    )


KINDS: Final = {
    OF_PERSON: _kind(Permission.ACCOUNT_EXPORT, is_own=True),
    OF_ORGANIZATION: _kind(Permission.ORGANIZATION_CLOSE),
}
