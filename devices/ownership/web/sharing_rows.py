"""Sharing requests as lists show them: where each stands, in a sentence, and what is to be erased."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from devices.ownership import queries
from devices.ownership.models import SharingRequest
from devices.ownership.permissions import terms
from devices.ownership.rules import duties
from devices.ownership.rules import sharing as rules
from devices.ownership.rules.sharing import State
from devices.ownership.web import words
from marketplace.models import Organization

MOST = 30
ERASURES = {
    duties.State.OPEN: "idle",
    duties.State.DUE: "info",
    duties.State.OVERDUE: "fault",
    duties.State.FULFILLED: "run",
}
BADGES = {
    State.ASKED: "info",
    State.OFFERED: "info",
    State.WITHHELD: "fault",
    State.AGREED: "info",
    State.IN_FORCE: "run",
    State.ENDED: "off",
    State.WITHDRAWN: "off",
    State.DECLINED: "off",
    State.STOPPED: "fault",
    State.LAPSED: "off",
}


def owed(organization: Organization, at: datetime) -> list[dict[str, Any]]:
    """Return what recipients have to erase by now and have not confirmed, the oldest first."""
    found = queries.sharing_of(organization).owed().over(at).order_by("grant__readable", "pk")
    return [row(one, at) for one in found[:MOST]]


def row(one: SharingRequest, at: datetime) -> dict[str, Any]:
    """Return a request as a list or its page shows it."""
    state, erasure = one.state(at), one.erasure(at, terms().grace)
    over = erasure is not None and erasure is not duties.State.OPEN
    return {
        "one": one,
        "state": state,
        "label": _(rules.STATES[state]),
        "kind": BADGES[state],
        "sentence": one.grant.sentence(words.moment),
        "stop": _(rules.STOPS[rules.Stop(one.stop)]) if one.stop else "",
        "erasure": _(duties.STATES[erasure]) if erasure and over else "",
        "erasure_kind": ERASURES[erasure] if erasure and over else "",
    }
