"""Write down what programs asked over REST, and let go of it after some days."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from marketplace.gateway.transactions import atomic
from marketplace.models import ApiKey, ApiRequest

KEPT = timedelta(days=7)
AT_ONCE = 1000  # rows of one statement
PURGED_AT_ONCE = 10_000


@atomic
def write(*, lines: Sequence[str]) -> int:
    """
    Write down requests that were noted as JSON, in one statement; return how many.

    Those of keys that are not there are left out: a log that others fill is no reason to fail.
    """
    noted: list[Mapping[str, Any]] = [json.loads(line) for line in lines]
    keys = ApiKey.objects.filter(public_id__in={one["key"] for one in noted})
    known = {
        public_id: (pk, owner) for public_id, pk, owner in keys.values_list("public_id", "pk", "organization")
    }
    rows = [_row(one, *known[one["key"]]) for one in noted if one["key"] in known]
    return len(ApiRequest.objects.bulk_create(rows))


def purge(*, at: datetime) -> int:
    """Let go of some requests that are older than seven days; return how many went."""
    old = ApiRequest.objects.before(at - KEPT).values("pk")[:PURGED_AT_ONCE]
    return ApiRequest.objects.filter(pk__in=old).delete()[0]


def _row(one: Mapping[str, Any], key: int, owner: int) -> ApiRequest:
    return ApiRequest(
        key_id=key,
        organization_id=owner,
        at=datetime.fromisoformat(one["at"]),
        method=one["method"][:10],
        path=one["path"][:300].replace("\0", "�"),
        status=one["status"],
        code=one["code"][:60],
        request_id=one["request_id"][:64],
        address=one["address"],
        duration_ms=one["duration_ms"],
    )
