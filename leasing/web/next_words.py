"""What the next step of a lease is called, and where it is taken."""

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from leasing.rules.next_steps import Next

# the words of the button, and the page; the record has an address of its own
STEPS: dict[Next, tuple[Promise, str]] = {
    Next.DECIDE: (gettext_lazy("Decide the request"), "lease"),
    Next.ANSWER: (gettext_lazy("Answer the quote"), "lease"),
    Next.APPROVE: (gettext_lazy("Approve"), "lease"),
    Next.SIGN: (gettext_lazy("Sign the contract"), "lease-contract"),
    Next.NOTICE: (gettext_lazy("Read and accept the data notice"), "lease-notice"),
    Next.RECORD: (gettext_lazy("Confirm the record"), "record"),
    Next.HAND_OVER: (gettext_lazy("Hand over"), "lease-handover"),
    Next.GIVE_BACK: (gettext_lazy("Give it back"), "lease-return"),
    Next.TAKE_BACK: (gettext_lazy("Take it back"), "lease-return"),
    Next.SETTLE: (gettext_lazy("Settle"), "lease-settlement"),
    Next.RATE: (gettext_lazy("Rate the other side"), "lease-rating"),
    Next.USE: (gettext_lazy("Use and cost so far"), "usage"),
}
CALM = (Next.USE, Next.WAIT, Next.NOTHING)  # these wait for nobody here


def step(lease: Any, found: Next) -> dict[str, Any] | None:
    """Return the step as a link: ``label``, ``url``, and whether it waits for the reader."""
    if found not in STEPS:
        return None
    label, name = STEPS[found]
    of = lease.step_record if found == Next.RECORD else lease.public_id
    return {"label": label, "url": reverse(name, args=[of]), "waits": found not in CALM}
