"""``Idempotency-Key`` on every POST of the REST API: the same key gets the same answer."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from config.callers import key_of
from config.problems import problem_response
from marketplace.actions.api_keys import KeyFromElsewhere
from marketplace.models import IdempotencyRecord
from marketplace.shared import clock

KEPT_HEADERS = ("Location", "ETag")
NOT_KEPT = {401, 403, 409, 412, 428, 429}
STALE_AFTER = timedelta(minutes=5)


class IdempotencyKey:
    """
    Store the first answer per caller, path and key; replay it; refuse the key with another body.

    Answers 401, 403, 409, 412, 428, 429 and 5xx are not kept, because the same request may succeed later;
    nor are answers marked ``no-store``, because they hold a secret. Telemetry is left out: readings carry
    their own identity.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if not key or request.method != "POST" or not request.path.startswith("/api/v1/"):
            return self.get_response(request)
        if request.path.startswith("/api/v1/telemetry"):
            return self.get_response(request)
        if len(key) > 100:
            return problem_response(request, 400, "idempotency_key_too_long", "At most 100 characters.")
        return self.once(request, key)

    def once(self, request: HttpRequest, key: str) -> HttpResponse:
        """Answer from the store, or run the request and store its answer."""
        body_hash = _body_hash(request)
        caller = hashlib.sha256(_caller(request).encode()).hexdigest()[:40]
        path = f"POST {request.path}"[:200]
        at = clock.machine_now()
        try:
            with transaction.atomic():
                record = IdempotencyRecord.objects.create(
                    caller=caller,
                    method_path=path,
                    key=key,
                    body_hash=body_hash,
                    created_at=at,
                )
        except IntegrityError:
            earlier = IdempotencyRecord.objects.filter(caller=caller, method_path=path, key=key).first()
            return self.again(request, key, earlier, body_hash)
        try:
            response = self.get_response(request)
        except BaseException:
            record.delete()
            raise
        secret = "no-store" in response.get("Cache-Control", "")
        if secret or response.status_code in NOT_KEPT or response.status_code >= 500:
            record.delete()
            return response
        record.status = response.status_code
        record.content_type = response.headers.get("Content-Type", "")
        record.body = response.content
        record.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        record.save()
        return response

    def again(
        self, request: HttpRequest, key: str, earlier: IdempotencyRecord | None, body_hash: str
    ) -> HttpResponse:
        """Answer a key that was seen before."""
        if earlier and earlier.body_hash != body_hash:
            detail = "This Idempotency-Key was used with another body. Use a new key for a new request."
            return problem_response(request, 422, "idempotency_key_reused", detail)
        if earlier is None or earlier.status == 0:
            if earlier and earlier.created_at < clock.machine_now() - STALE_AFTER:
                earlier.delete()
                return self.once(request, key)
            detail = "The first request with this Idempotency-Key is still running. Try again shortly."
            response = problem_response(request, 409, "idempotency_in_progress", detail)
            response["Retry-After"] = "2"
            return response
        response = HttpResponse(bytes(earlier.body), status=earlier.status, content_type=earlier.content_type)
        for name, value in earlier.headers.items():
            response[name] = value
        response["Idempotency-Replayed"] = "true"
        return response


def _body_hash(request: HttpRequest) -> str:
    """Return the digest of a body; of a form too large for memory, that of its parts."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if request.content_type != "multipart/form-data" or length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return hashlib.sha256(request.body).hexdigest()
    try:
        found = hashlib.sha256(repr(sorted(request.POST.lists())).encode())
    except MultiPartParserError:  # an empty form from here on, which the view refuses
        return hashlib.sha256().hexdigest()
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            content = hashlib.sha256()
            for piece in file.chunks():
                content.update(piece)
            file.seek(0)
            found.update(repr((name, file.name, content.hexdigest())).encode())
    return found.hexdigest()


def _caller(request: HttpRequest) -> str:
    """Return the key, whichever secret came, or the credentials; two callers never share answers."""
    try:
        key = key_of(request)
    except KeyFromElsewhere:
        key = None
    if key is not None:
        return f"key {key.public_id}"
    return request.headers.get("Authorization") or request.COOKIES.get(
        settings.SESSION_COOKIE_NAME, "anonymous"
    )
