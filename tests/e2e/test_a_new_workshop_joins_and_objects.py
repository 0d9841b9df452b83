"""
A workshop that nobody knows, on its phone: it signs up, is verified, leases, and objects instead of paying.

What the owner and the machine do in between is done by their actions, as in the journey of a workshop that
is known already.
"""

import re
from datetime import timedelta

import pytest

from billing.models import InvoiceLine, LineDispute
from leasing.actions import offers
from leasing.models import ConditionRecord
from leasing.rules.condition import Kind
from marketplace.models import JoinRequest, Letter, Organization, User
from marketplace.models.parties import Role
from marketplace.shared import clock
from tests.e2e.journey import PHONE, Times, Walker
from tests.e2e.story import RENT, Story
from tests.e2e.test_the_workshop_on_its_phone import chromium
from tests.factories import marketplace as make
from tests.joining import world

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]
NAME = "昆山恒立五金制品有限公司"
NOT_DUE = "A disputed line is not due until the seller has decided; the rest stays payable."
PDF = ("application/pdf", world.PDF)
WHY = "第三天停电半天，机床没有运转。"


def signs_up(wang, typed):
    """Fill the form in, with both papers; confirm the address by the link of the mail."""
    wang.opens("/join/").fills(**typed)
    papers = [("licence", "licence.png", "image/png", world.picture()), ("mandate", "m.pdf", *PDF)]
    for field, name, kind, content in papers:
        given = {"name": name, "mimeType": kind, "buffer": content}
        wang.page.set_input_files(f"main [name={field}]", given)
    wang.presses("Register").sees("Look into your mail")
    assert not Organization.objects.filter(name=NAME).exists()
    wang.opens(re.search(r"https?://[^/]+(/\S+)", Letter.objects.get().body)[1]).sees(NAME)
    wang.fills(password=world.PASSWORD)
    wang.page.check("main [name=accepts_notice]")
    wang.presses("Confirm")


def signs_in(wang, email):
    """Sign in, and read that the papers are being checked."""
    wang.fills(username=email, password=world.PASSWORD).presses("Sign in")
    wang.opens("/verification/").sees(NAME)


def asks(wang, story):
    """Ask for a week of the machine."""
    first = clock.today() + timedelta(days=7)
    wang.opens(f"/listings/{story.listing.public_id}/").presses("Ask for a lease")
    last = first + timedelta(days=6)
    wang.fills(first_day=first.isoformat(), last_day=last.isoformat(), usage_run_time="10")
    wang.presses("Send the request")
    wang.page.wait_for_url("**/leases/lea_*/")


def test_a_workshop_signs_up_is_verified_leases_and_objects_to_a_line(chromium, live_server, monkeypatch):
    story = Story(Times(monkeypatch)).offers()
    wang = Walker(chromium, live_server, None, PHONE, name="new")
    typed = world.typed(name=NAME, person_name="王敏", email="wang@hengli.cn")

    # It signs up with its licence; before the platform has looked, it may not ask for a machine.
    signs_up(wang, typed)
    story.lessee, story.bob = Organization.objects.get(name=NAME), User.objects.get(email="wang@hengli.cn")
    assert not JoinRequest.objects.exists()
    signs_in(wang, "wang@hengli.cn")
    assert story.lessee.verified_at is None

    # Somebody of the platform compares what was typed with the papers, and verifies it.
    checker = make.member(story.platform, Role.OPERATOR)
    desk = Walker(chromium, live_server, checker, PHONE, name="checker")
    desk.opens("/verifications/").presses(NAME).sees(typed["credit_code"]).presses("Verify")
    story.lessee.refresh_from_db()
    assert story.lessee.verified_at is not None
    desk.done()

    # It leases a machine for a week, which runs for ten hours.
    asks(wang, story)
    lease = story.lease
    assert lease.lessee == story.lessee
    offers.accept(lease=lease, by=story.owner, at=clock.now())
    wang.opens(f"/leases/{lease.public_id}/").presses("Read and accept").presses("I have read and agree")
    story.hands_over()
    out = ConditionRecord.objects.get(kind=Kind.HANDOVER)
    wang.opens(f"/records/{out.public_id}/").presses("Confirm the record")
    story.machine_runs()

    # It does not pay, but says what is wrong with a line; from then on the line is not due.
    invoice = story.is_billed()
    line = InvoiceLine.objects.get(invoice=invoice)
    wang.opens(f"/invoices/{invoice.public_id}/").sees(RENT)
    wang.page.click("main details.why:has(textarea) > summary")
    wang.fills(reason=WHY).presses("Dispute this line").sees(WHY, "Disputed")
    disputed = LineDispute.objects.get()
    assert (disputed.line, disputed.reason, disputed.outcome) == (line, WHY, "OPEN")
    wang.opens(f"/invoices/{invoice.public_id}/pay/").sees(NOT_DUE)
    wang.done()
