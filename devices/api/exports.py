"""REST: readings to take along, streamed through the ownership door."""

import csv
import io
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError
from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from devices.api.readings import ReadingsIn, asked, device_asked, plain, refused
from devices.models import Device
from devices.ownership.actions import exporting
from devices.ownership.rules.defaults import matrix
from devices.rules.readings import moment
from marketplace.gateway.files import DANGEROUS
from marketplace.models import ApiKey
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.period import Period

PARAMETERS = ("channel", "from", "to", "purpose", "format")
NDJSON, CSV = "application/x-ndjson", "text/csv"
COLUMNS = ("record", "at", "channel", "value")
log = logging.getLogger(__name__)


class NdjsonRenderer(JSONRenderer):
    """Lets clients ask for lines of JSON; what is refused is one JSON document."""

    media_type = NDJSON
    format = "ndjson"


class CsvRenderer(JSONRenderer):
    """Lets clients ask for CSV; what is refused is JSON all the same."""

    media_type = CSV
    format = "csv"


class ExportIn(ReadingsIn):
    """Which readings, of what time; the purpose is own use if nothing is said."""

    purpose = serializers.CharField(max_length=40, default="operation")


class ExportView(APIView):
    """A copy of the readings that the acting organization may take along."""

    renderer_classes = [NdjsonRenderer, CsvRenderer]

    @extend_schema(
        tags=["devices"],
        summary="Readings to take along",
        description="Every reading that you may take along, streamed. The last line says how it ended: "
        "`end` with the number of readings, or `error` with a code, for example when rights change on the "
        "way. A file without such a line is not whole.",
        operation_id="devices_export",
        parameters=[
            OpenApiParameter("channel", str, many=True, description="Keys; all if left out"),
            OpenApiParameter("from", str, required=True, description="RFC 3339"),
            OpenApiParameter("to", str, required=True, description="RFC 3339, not included"),
            OpenApiParameter("purpose", str, enum=sorted(matrix().purposes), default="operation"),
        ],
        responses={(200, NDJSON): OpenApiTypes.STR, (200, CSV): OpenApiTypes.STR},
    )
    def get(self, request: Request, public_id: str) -> StreamingHttpResponse:
        require_scope(request, Scope.TELEMETRY_READ)
        within = acting_organization(request)
        given = ExportIn(data=asked(request, PARAMETERS))
        given.is_valid(raise_exception=True)
        wish = given.validated_data
        device = device_asked(request, public_id, within, wish)
        export = exporting.start(
            device=device,
            channels=wish.get("channel") or None,
            period=Period(wish["from"], wish["to"]),
            purpose=wish["purpose"],
            by=request.user,  # type: ignore[arg-type]
            within=within,
            at=clock.now(),
            still=lambda: _still(request),
            clock=time.monotonic_ns,
        )
        form = (Csv if request.accepted_renderer.format == "csv" else Ndjson)(device, wish)
        answer = StreamingHttpResponse(Lines(export, form), content_type=form.content_type)
        name = f"{device.public_id}-{wish['from']:%Y%m%d}-{wish['to']:%Y%m%d}.{form.ending}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        try:
            return super().perform_content_negotiation(request, force)
        except Http404:
            told = _("Unknown form. Known are: {names}.").format(names="ndjson, csv")
            raise serializers.ValidationError({"format": [told]}) from None


def _still(request: Request) -> bool:
    """Tell whether the key of the request is still good; a session is looked at by its person."""
    key = request.auth
    return not isinstance(key, ApiKey) or ApiKey.objects.usable(clock.now()).filter(pk=key.pk).exists()


class Lines:
    """The bytes of an export; whoever takes them closes it, however far it came."""

    def __init__(self, export: exporting.Export, form: "Ndjson | Csv") -> None:
        self._export, self._form = export, form

    def __iter__(self) -> Iterator[bytes]:
        form, export = self._form, self._export
        yield form.head(export)
        try:
            for portion in export:
                yield form.readings(portion)
        except DomainError as error:
            yield form.error(error.code, _(error.text).format(**error.facts), export.delivered)
        except DatabaseError:
            log.exception("the export %s broke off", export.event.public_id)
            told = _("The database cannot be reached at the moment. Send the request again in a few seconds.")
            yield form.error("database_unavailable", told, export.delivered)
        else:
            yield form.end(export.delivered)

    def close(self) -> None:
        """Let the closing count be written, also if the taker went away."""
        self._export.close()


class Ndjson:
    """One JSON object a line: what was asked and decided, the readings, how it ended."""

    content_type, ending = NDJSON, "ndjson"

    def __init__(self, device: Device, wish: dict[str, Any]) -> None:
        self._device, self._wish = device, wish

    def head(self, export: exporting.Export) -> bytes:
        """Say what this is, with the channels' names, kinds and units: what is needed to understand it."""
        may = {ruling.channel for ruling in export.rulings if ruling.permits}
        channels = [
            {
                "channel": one.key,
                "name": one.name,
                "kind": one.kind,
                "unit": one.unit,
                "category": one.category,
            }
            for key, one in export.channels.items()
            if key in may
        ]
        told: dict[str, Any] = {"event": export.event.public_id, "device": self._device.public_id}
        told |= {"from": _stamp(self._wish["from"]), "to": _stamp(self._wish["to"])}
        rows = [row | {name: _stamp(row[name]) for name in ("from", "to")} for row in refused(export.rulings)]
        return _line({"export": told | {"channels": channels, "refused": rows}})

    def readings(self, portion: list[Any]) -> bytes:
        """Write a portion."""
        return b"".join(
            _line({"at": _stamp(moment(one.at)), "channel": one.channel, "value": plain(one.value)})
            for one in portion
        )

    def end(self, delivered: int) -> bytes:
        """Say that it is whole."""
        return _line({"end": {"readings": delivered}})

    def error(self, code: str, detail: str, delivered: int) -> bytes:
        """Say why it stops here."""
        return _line({"error": {"code": code, "detail": detail, "readings": delivered}})


class Csv:
    """One table; its first column says what a row is: reading, refused, and at last end or error."""

    content_type, ending = f"{CSV}; charset=utf-8", "csv"

    def __init__(self, device: Device, wish: dict[str, Any]) -> None:
        self._device, self._wish = device, wish

    def head(self, export: exporting.Export) -> bytes:
        """Name the columns, and say what is not in the file."""
        rows = [
            ("refused", _stamp(row["from"]), channel, row["code"])
            for row in refused(export.rulings)
            for channel in row["channels"]
        ]
        return "\ufeff".encode() + _table([COLUMNS, *rows])

    def readings(self, portion: list[Any]) -> bytes:
        """Write a portion."""
        return _table(("reading", _stamp(moment(one.at)), one.channel, _cell(one.value)) for one in portion)

    def end(self, delivered: int) -> bytes:
        """Say that it is whole."""
        return _table([("end", "", "", delivered)])

    def error(self, code: str, detail: str, delivered: int) -> bytes:
        """Say why it stops here."""
        return _table([("error", "", "", code)])


def _table(rows: Any) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def _cell(value: object) -> object:
    is_text = isinstance(value, str)
    return f"'{value}" if is_text and str(value).startswith(DANGEROUS) else plain(value)


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
