"""Changes, notice, suspension, default and loss on pages: what follows is shown first; no script needed."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from devices.ownership.models import Notice
from leasing.actions import early_ends, leases, limits, terminations
from leasing.models import Annex, ConditionRecord, DefaultNotice, Suspension
from leasing.queries.prices import period_starts
from leasing.rules.annexes import State
from leasing.rules.leases import Status
from marketplace.actions import calendar
from marketplace.models import Notification
from marketplace.shared.period import Period
from tests import once
from tests.leasing import world as worlds
from tests.leasing.changes import DAY, LATER, NEW_END, NOW, Changes
from tests.leasing.web.test_handovers import form, upload
from tests.leasing.world import END, HANDOVER

UNTIL = "2026-03-15T12:00"


class Pages(Changes):
    """Everybody signed in, on the tenth day of the lease, with English pages."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.at = NOW
        monkeypatch.setattr(timezone, "now", lambda: self.at)
        self.people = {"lessor": world.owner, "lessee": world.buyer, "guest": world.guest}
        self.people |= {"watcher": world.watcher, "outsider": world.outsider}

    def client(self, who):
        found = Client(headers={"accept-language": "en"})
        found.force_login(self.people[who])
        return found

    def see(self, who, name, *args, **query):
        answer = self.client(who).get(reverse(name, args=[self.lease.public_id, *args]), query)
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def do(self, who, name, *args, code=200, **given):
        url = reverse(name, args=[self.lease.public_id, *args])
        answer = self.client(who).post(url, given, follow=True)
        assert answer.status_code == code
        return answer.content.decode()

    def fill(self, who, kind, *, step="look", code=200, **given):
        given = {"kind": kind, "valid_until": UNTIL, "step": step, "version": self.now().version} | given
        return self.do(who, "lease-change-new", code=code, **given)

    def answer(self, who, verb, number=1, **given):
        found = Annex.objects.get(number=number)
        given = {"digest": found.digest, "version": self.now().version} | given
        return self.do(who, "lease-change-answer", number, verb, **given)


@once.fixture
def world():
    return worlds.make(machines=3)


@pytest.fixture
def pages(world, monkeypatch):
    return Pages(world, monkeypatch)


def hidden(page):
    """Return what the page would send along with its buttons."""
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', page)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


class TestExtension:
    def test_from_the_choice_to_the_new_end(self, pages):
        assert reverse("lease-changes", args=[pages.lease.public_id]) in pages.see("lessee", "lease")
        assert "Nothing was changed" in pages.see("lessee", "lease-changes")
        choice = pages.see("lessee", "lease-change-new")
        assert all(
            f"?kind={kind}" in choice for kind in ("EXTEND", "SHORTEN", "SWAP", "ADD", "BUY_OUT", "REPRICE")
        )
        form = pages.see("lessee", "lease-change-new", kind="EXTEND")
        assert "free for you as long as you like" in form
        assert 'value="2026-04-30"' in form

        looked = pages.fill("lessee", "EXTEND", last_day="2026-05-31", note="更多订单")
        assert not Annex.objects.exists()
        assert "Price, counting and deposit stay" in looked
        assert "3,549.00" in looked  # a month's base fee with its fee and their taxes
        assert "June 1, 2026" in looked
        pages.do("lessee", "lease-change-new", **hidden(looked), step="send")

        made = Annex.objects.get()
        assert (made.change.ends_at, made.side, made.note) == (NEW_END, "lessee", "更多订单")
        told = Notification.objects.get(kind="change_proposed")
        assert told.link == reverse("lease-change", args=[pages.lease.public_id, 1])
        assert "It waits for you" in pages.see("lessor", "lease-changes")
        assert "may accept it until" in pages.see("lessee", "lease-changes")
        assert "Accept the change" not in pages.see("lessee", "lease-change", 1)
        assert "Accept the change" in pages.see("lessor", "lease-change", 1)
        assert "In effect since" in pages.answer("lessor", "accept")
        assert pages.now().ends_at == NEW_END

    def test_goes_back_to_the_form_with_everything_in_it(self, pages):
        looked = pages.fill("lessee", "EXTEND", last_day="2026-05-31", note="more orders")

        again = pages.do("lessee", "lease-change-new", **hidden(looked), step="edit")
        assert 'value="2026-05-31"' in again
        assert "more orders" in again
        assert "See what follows" in again

    def test_names_the_time_that_is_taken_at_its_field(self, pages, world):
        core = Period(END + 5 * DAY, END + 8 * DAY)
        calendar.block(equipment=pages.first, reason="MAINTENANCE", core=core, by=world.owner, at=HANDOVER)

        assert "VMC-1 is free for you until May 5, 2026" in pages.see(
            "lessee", "lease-change-new", kind="EXTEND"
        )
        refused = pages.fill("lessee", "EXTEND", last_day="2026-05-31", code=400)
        assert "VMC-1 is taken from 2026-05-06 00:00 to 2026-05-09 00:00" in refused
        assert 'href="#id_last_day"' in refused
        assert 'value="2026-05-31"' in refused
        refused = pages.fill("lessee", "EXTEND", last_day="2026-04-01", code=400)
        assert "An extension ends after that" in refused
        assert 'href="#id_last_day"' in refused
        refused = pages.fill("lessee", "EXTEND", last_day="", code=400)
        assert "This field is required" in refused

    def test_is_refused_at_its_field_when_sent_as_well(self, pages, world):
        looked = hidden(pages.fill("lessee", "EXTEND", last_day="2026-05-31"))
        pages.extended()

        refused = pages.do("lessee", "lease-change-new", **looked, step="send", code=400)
        assert "Somebody has changed this lease" in refused
        looked["version"] = ""
        refused = pages.do("lessee", "lease-change-new", **looked, step="send", code=400)
        assert "An extension ends after that" in refused
        assert Annex.objects.count() == 1

    def test_is_not_offered_after_a_notice(self, pages, world):
        early_ends.give_notice(lease=pages.now(), ends_at=END - 5 * DAY, by=world.buyer, at=NOW)

        assert "?kind=EXTEND" not in pages.see("lessee", "lease-change-new")
        assert "?kind=RELEASE" in pages.see("lessee", "lease-change-new")
        assert "Agree on a new lease" in pages.fill("lessee", "EXTEND", last_day="2026-05-31", code=400)


class TestMachines:
    def test_one_more_is_proposed_by_the_lessee_after_its_notice(self, pages, world):
        core = Period(NOW + DAY, NOW + 3 * DAY)
        calendar.block(equipment=pages.third, reason="OWN_USE", core=core, by=world.owner, at=NOW)
        form = pages.see("lessee", "lease-change-new", kind="ADD")
        assert "VMC-2 · free until the end" in form
        assert "VMC-3 · not free all the time" in form
        assert "VMC-1" not in form

        refused = pages.fill("lessee", "ADD", add=pages.third.public_id, code=400)
        assert "VMC-3 is taken from" in refused
        assert 'href="#id_add_0"' in refused
        looked = pages.fill("lessee", "ADD", add=pages.second.public_id, effective_from="2026-03-20T08:00")
        assert "accepts a notice on the data" in looked
        assert "March 20, 2026 08:00 – May 1, 2026 00:00" in looked
        pages.do("lessee", "lease-change-new", **hidden(looked), step="send")

        assert "must be accepted" not in pages.see("lessor", "lease-change", 1)
        refused = pages.answer("lessor", "accept")
        assert Annex.objects.get().state == State.PROPOSED
        assert "notice" in refused
        assert "I have read and agree" in pages.see("lessee", "lease-change", 1)
        assert "I have read and agree" not in pages.see("lessor", "lease-change", 1)
        notice = Notice.objects.get(reference=Annex.objects.get().public_id)
        pages.answer("lessee", "data-notice", digest=notice.digest)
        assert "Agreed. It takes effect at March 20, 2026 08:00" in pages.answer("lessor", "accept")

    def test_a_swap_is_chosen_machine_by_machine(self, pages):
        name = f"swap-{pages.first.public_id}"
        refused = pages.fill("lessor", "SWAP", code=400)
        assert "This field is required" in refused
        assert f'href="#id_{name}"' in refused
        looked = pages.fill("lessor", "SWAP", **{name: pages.second.public_id})
        assert "<del>VMC-1</del>" in looked
        pages.do("lessor", "lease-change-new", **hidden(looked), step="send")

        assert "With the change you accept this notice" in pages.see("lessee", "lease-change", 1)
        pages.answer("lessee", "accept")
        assert pages.times() == {"VMC-1": (HANDOVER, NOW), "VMC-2": (None, None)}
        pages.handed(pages.second)
        assert pages.times()["VMC-2"] == (NOW, None)

    def test_what_comes_is_handed_over_on_a_page_of_its_own(self, pages):
        pages.agreed("ADD", add=[pages.second.public_id], effective_from=LATER)
        assert "It is not time yet" in pages.see("lessor", "lease-handover")
        pages.at = LATER
        assert "Hand VMC-2 over" in pages.see("lessor", "lease")
        assert "Hand VMC-2 over" not in pages.see("lessee", "lease")
        assert "It is not time yet" not in pages.see("lessor", "lease-handover")
        given = form(serial="VMC-2", **{"photo-spindle": upload()})
        assert "then the machine is in use and billed" in pages.do("lessor", "lease-handover", **given)

        record = ConditionRecord.objects.get(unit__equipment=pages.second)
        answer = pages.client("lessee").post(
            reverse("record-confirm", args=[record.public_id]), {"digest": record.digest}
        )
        assert answer.status_code == 302
        assert pages.times()["VMC-2"] == (LATER, None)
        assert pages.see("lessor", "lease-handover") == 302
        assert "Hand VMC-2 over" not in pages.see("lessor", "lease")

    def test_what_comes_begins_without_an_answer(self, pages):
        pages.agreed("ADD", add=[pages.second.public_id])
        record = pages.recorded(pages.second)
        assert "Begin without an answer" not in pages.see("lessor", "lease")
        pages.at = record.answer_until
        assert "Begin without an answer" in pages.see("lessor", "lease")
        pages.do("lessor", "lease-move", "activate", version=pages.now().version)

        assert pages.times()["VMC-2"] == (NOW, None)
        assert "Begin without an answer" not in pages.see("lessor", "lease")

    def test_several_of_a_swap_share_their_refusal(self, pages, world):
        pages.added()
        core = Period(NOW + DAY, NOW + 3 * DAY)
        calendar.block(equipment=pages.third, reason="OWN_USE", core=core, by=world.owner, at=NOW)
        pages.at = NOW + 60 * DAY / 1440

        name = f"swap-{pages.first.public_id}"
        assert "VMC-3 is taken from" in pages.fill(
            "lessor", "SWAP", code=400, **{name: pages.third.public_id}
        )

    def test_none_comes_where_the_listing_has_no_other(self, pages):
        pages.world.machines[1].listing_unit.delete()
        pages.world.machines[2].listing_unit.delete()

        for kind in ("ADD", "SWAP"):
            shown = pages.see("lessee", "lease-change-new", kind=kind)
            assert "has no other machine" in shown
            assert "See what follows" not in shown

    def test_one_goes_back(self, pages):
        pages.added()
        pages.at = NOW + DAY
        last = [pages.first.public_id, pages.second.public_id]
        assert "keeps a machine at least" in pages.fill("lessee", "RELEASE", release=last, code=400)
        looked = pages.fill("lessee", "RELEASE", release=pages.first.public_id)
        assert "its data are closed for the lessee" in looked
        assert "March 12, 2026 10:00, free for others from March 13, 2026 10:00" in looked
        pages.do("lessee", "lease-change-new", **hidden(looked), step="send")
        pages.answer("lessor", "accept", 2)

        assert pages.times()["VMC-1"] == (HANDOVER, NOW + DAY)


class TestTheOthers:
    def test_shortening_is_agreed_without_a_fee(self, pages):
        assert "The lease ends at May 1, 2026 00:00 so far" in pages.see(
            "lessee", "lease-change-new", kind="SHORTEN"
        )
        looked = pages.fill("lessee", "SHORTEN", last_day="2026-03-31")
        assert "No fee is owed" in looked
        pages.do("lessee", "lease-change-new", **hidden(looked), step="send")
        assert "declined it" in pages.answer("lessor", "decline", reason="We counted on April")
        assert "We counted on April" in pages.see("lessee", "lease-change", 1)
        assert "You cannot" not in pages.answer("lessor", "accept")
        assert Annex.objects.get().state == State.DECLINED

    def test_a_sale_says_what_it_ends(self, pages):
        assert "must be" not in pages.see("lessor", "lease-change-new", kind="BUY_OUT")
        refused = pages.fill("lessor", "BUY_OUT", price="-1", title="", code=400)
        assert 'href="#id_price"' in refused
        looked = pages.fill("lessor", "BUY_OUT", price="180000.50", title="合同 7")
        assert "leaves the lessor" in looked
        assert "180,000.50" in looked
        assert "taken back" not in looked
        pages.do("lessor", "lease-change-new", **hidden(looked), step="send")
        pages.answer("lessee", "accept")

        assert pages.now().status == Status.BOUGHT_OUT
        assert "does not run" in pages.see("lessee", "lease-change-new", kind="ADD")
        assert "This lease is in the state" in pages.fill("lessee", "ADD")

    def test_another_price_is_chosen_number_by_number(self, pages):
        starts = period_starts(pages.now())
        form = pages.see("lessor", "lease-change-new", kind="REPRICE")
        assert "Base fee, amount" in form
        assert "begun, settled by notes" in form
        assert "platform" not in form.split("<form")[-1]

        given = {"since": starts[0].isoformat(), "components-0-amount": "2500"}
        same = pages.see("lessor", "lease-change-new", kind="REPRICE")
        given |= dict(re.findall(r'name="(components-[1-9][\w-]*)" value="([^"]*)"', same))
        looked = pages.fill("lessor", "REPRICE", **given)
        assert not Annex.objects.exists()
        assert "credit or debit notes" in looked
        pages.do("lessor", "lease-change-new", **hidden(looked), step="send")

        made = Annex.objects.get()
        assert made.change.price_plan["components"][0]["amount"] == "2500"
        assert "Base fee, amount" in pages.see("lessee", "lease-change", 1)
        assert "Billing periods are priced like this from" in pages.answer("lessee", "accept")
        assert "2,500.00" in pages.see("lessee", "lease")

    def test_another_price_says_what_is_wrong_at_its_field(self, pages):
        same = pages.see("lessor", "lease-change-new", kind="REPRICE")
        given = dict(re.findall(r'name="(components-[\w-]*)" value="([^"]*)"', same))
        given["since"] = period_starts(pages.now())[0].isoformat()

        nothing = pages.fill("lessor", "REPRICE", code=400, **given)
        assert "This is the price that holds already." in nothing
        given |= {"since": "2026-99", "components-0-amount": "-1"}
        odd = pages.fill("lessor", "REPRICE", code=400, **given)
        assert odd.count('aria-invalid="true"') == 2
        assert not Annex.objects.exists()

    def test_one_s_own_proposal_is_taken_back(self, pages):
        pages.propose("EXTEND", ends_at=NEW_END)

        assert "Take the proposal back" in pages.see("lessor", "lease-change", 1)
        assert "took it back" in pages.answer("lessor", "withdraw")
        assert "Take the proposal back" not in pages.see("lessor", "lease-change", 1)

    def test_what_ran_out_is_not_answered(self, pages):
        pages.propose("EXTEND", ends_at=NEW_END)
        pages.at = NOW + 4 * DAY

        assert "Accept the change" not in pages.see("lessee", "lease-change", 1)
        assert "Nobody answered in time" in pages.see("lessee", "lease-changes")
        assert "cannot be answered any more" in pages.answer("lessee", "accept")

    def test_who_may_not_sees_and_changes_nothing(self, pages):
        pages.propose("EXTEND", ends_at=NEW_END)

        assert "your role does not allow" in pages.see("guest", "lease-change-new", kind="EXTEND")
        assert "Accept the change" not in pages.see("guest", "lease-change", 1)
        assert pages.see("outsider", "lease-changes") == 404
        pages.do("guest", "lease-change-answer", 1, "accept", code=403)
        pages.do("guest", "lease-change-new", code=403, kind="EXTEND")
        assert Annex.objects.get().state == State.PROPOSED


class TestNotice:
    def test_shows_the_fee_and_takes_the_notice_for_it(self, pages):
        first = pages.see("lessee", "lease-early-end")
        assert "Give notice without a fee" in first
        shown = pages.see("lessee", "lease-early-end", last_day="2026-03-20")
        assert "Days that are paid for" in shown
        assert "Without a fee from this last day on" in shown
        sent = hidden(shown)
        assert int(sent["fee_minor"]) > 0

        assert "Look at the fee first" in pages.do(
            "lessee", "lease-early-end", code=400, last_day="2026-03-20", fee_minor="x"
        )
        lower = str(int(sent["fee_minor"]) - 1)
        differs = pages.do(
            "lessee", "lease-early-end", code=400, **(sent | {"fee_minor": lower, "reason": "no work"})
        )
        assert "another than you were shown" in differs
        assert "no work" in differs
        assert sent["fee_minor"] in differs
        pages.do("lessee", "lease-early-end", **sent, reason="no work")

        assert pages.now().status == Status.NOTICE_GIVEN
        assert "Notice can be given while the lease runs" in pages.see("lessee", "lease-early-end")
        assert "What can be done now" in pages.do(
            "lessee", "lease-early-end", code=400, **(sent | {"version": ""})
        )

    def test_says_a_wrong_day_at_its_field(self, pages):
        assert "The lease can end from" in pages.see("lessee", "lease-early-end", last_day="2026-03-01")
        assert "ends at 2026-05-01 00:00 anyhow" in pages.see(
            "lessee", "lease-early-end", last_day="2026-06-01"
        )
        assert "Enter a valid date" in pages.see("lessee", "lease-early-end", last_day="soon")
        for day in ("9999-12-31", "0001-01-01"):
            assert "between the years 2000 and 2999" in pages.see("lessee", "lease-early-end", last_day=day)

    def test_of_the_lessor_and_of_the_last_days(self, pages):
        assert "a lessor is owed nothing" in pages.see("lessor", "lease-early-end")
        pages.at = END - 5 * DAY
        assert "Days that are paid for" in pages.see("lessee", "lease-early-end")


class TestPause:
    def test_shows_each_cause_with_what_it_does(self, pages):
        lessor, lessee = pages.see("lessor", "lease-pause"), pages.see("lessee", "lease-pause")
        assert "An unpaid invoice · The bill goes on; the end stays" in lessor
        assert "An unpaid invoice" not in lessee
        assert "The lessor&#x27;s fault · The bill is paused; whole days are added" in lessee
        assert "required" in pages.do("lessee", "lease-pause", code=400)
        pages.do("lessee", "lease-pause", cause="LESSOR_FAULT", reason="Spindle")

        assert Suspension.objects.get().cause == "LESSOR_FAULT"
        pages.at = NOW + 3 * DAY
        shown = pages.see("lessor", "lease-pause")
        assert "Days to add to the end so far" in shown
        assert "Let the lease go on" in pages.see("lessee", "lease-pause")
        assert "Go on" in pages.see("lessee", "lease-changes")
        pages.do("lessor", "lease-pause", reason="Repaired", version=pages.now().version)
        assert pages.now().ends_at == END + 3 * DAY
        assert "The bill is paused" in pages.see("lessee", "lease-pause")

    def test_refuses_as_the_action_does(self, pages):
        old = pages.now().version
        pages.extended()
        refused = pages.do("lessee", "lease-pause", cause="ORDER_GAP", version=old, code=400)
        assert "Somebody has changed this lease" in refused
        assert "whoever may end it" in pages.see("guest", "lease-pause")
        pages.do("guest", "lease-pause", code=403)


class TestDefault:
    def test_is_noticed_cured_and_terminated(self, pages, world):
        assert "Nobody gave a notice" in pages.see("lessor", "lease-default")
        refused = pages.do(
            "lessor", "lease-default", code=400, step="note", text="Unpaid", cure_until="2026-03-12T00:00"
        )
        assert "3 days at least" in refused
        assert "Unpaid" in refused
        given = {"step": "note", "text": "Unpaid", "cure_until": "2026-03-20T00:00"}
        pages.do("lessor", "lease-default", **given)
        notice = DefaultNotice.objects.get()
        assert "It is cured" in pages.see("lessor", "lease-default")
        assert "It is cured" not in pages.see("lessee", "lease-default")
        early = pages.do(
            "lessor", "lease-default", code=400, step="terminate", ground="DEFAULT", reason="Unpaid"
        )
        assert "may cure this until 2026-03-20" in early
        assert 'href="#id_ground_0"' in early
        pages.do("lessor", "lease-default-cured", notice.public_id)
        assert "Give a notice of default" in pages.see("lessor", "lease-default")

        assert "The machine cannot be used" not in pages.see("lessor", "lease-default")
        pages.do("lessor", "lease-default", step="terminate", ground="REMOVED", reason="Taken to Wuxi")
        assert pages.now().status == Status.TERMINATED
        assert "Only a running lease can be terminated" in pages.see("lessor", "lease-default")

    def test_the_other_side_s_notice_is_not_one_s_own(self, pages, world):
        given = {"lease": pages.now(), "text": "Unpaid", "cure_until": NOW + 5 * DAY, "at": NOW}
        made = terminations.note_default(by=world.owner, **given)

        pages.do("lessee", "lease-default-cured", made.public_id, code=403)
        assert "Give a notice of default" in pages.see("lessee", "lease-default")
        assert "notice of default already" in pages.do(
            "lessor", "lease-default", code=400, step="note", text="Again", cure_until="2026-03-20T00:00"
        )


class TestLoss:
    def test_is_the_lessor_s_to_report(self, pages):
        assert "The lessor reports" in pages.see("lessee", "lease-loss")
        assert "required" in pages.do("lessor", "lease-loss", code=400)
        given = {"case": "P-1", "value": "200000.00", "value_basis": "book value"}
        pages.do("lessee", "lease-loss", code=403, **given)
        stale = pages.do("lessor", "lease-loss", code=400, version=1, **given)
        assert "Somebody has changed this lease" in stale
        assert "P-1" in stale
        pages.do("lessor", "lease-loss", **given)

        assert pages.now().status == Status.LOST
        facts = pages.now().transitions.get(move="lose").facts
        assert (facts["value_minor"], facts["case"]) == (20_000_000, "P-1")

    def test_of_a_machine_that_did_not_come_back_is_reported_when_the_lease_is_over(self, pages, world):
        leases.end(lease=pages.now(), by=world.owner, at=NOW)
        unit = pages.now().units.get()
        assert "Report a loss" in pages.see("lessor", "lease-changes")
        assert "did not come back" in pages.see("lessor", "lease-loss")
        given = {"case": "P-1", "value": "200000.00", "value_basis": "book value"}
        pages.do("lessor", "lease-loss", unit=unit.public_id, **given)

        unit.refresh_from_db()
        assert (pages.now().status, unit.state) == (Status.ENDED, "GONE")
        assert 'name="case"' not in pages.see("lessor", "lease-loss")
        assert "Report a loss" not in pages.see("lessor", "lease-changes")


class TestContract:
    def test_stays_as_it_was_signed_with_its_changes_below(self, pages):
        before = pages.see("lessee", "lease-contract")
        assert "March 1 – April 30, 2026" in before or "April 30, 2026" in before
        assert "What was changed since" not in before
        pages.propose("EXTEND", ends_at=NEW_END)
        assert "What was changed since" not in pages.see("lessee", "lease-contract")
        pages.answer("lessee", "accept")

        shown = pages.see("lessee", "lease-contract")
        signed, changed = shown.split("What was changed since")
        assert "April 30, 2026" in signed
        assert "May 31, 2026" not in shown
        assert "Change 1: Extension" in changed
        assert "June 1, 2026 00:00" in changed


class TestApproval:
    def test_a_second_person_of_the_lessor_approves_what_is_beyond_the_limit(self, pages, world):
        chief = worlds.person("chief", world.lessor, "ADMIN")
        pages.people["chief"] = chief
        given = {"lessor": world.lessor, "lessee": world.lessee, "currency": "CNY", "reason": "B"}
        limits.grant(**given, amount_minor=0, by=chief, at=NOW)
        pages.propose("EXTEND", ends_at=NEW_END, by=world.buyer)

        shown = pages.see("chief", "lease-change", 1)
        assert "exceed the limit of" in shown
        assert ">Approve<" in shown
        assert "exceed the limit of" not in pages.see("lessee", "lease-change", 1)
        assert "has to approve it first" in pages.answer("lessor", "accept")
        approved = pages.answer("chief", "approve")
        assert "can be accepted by somebody else" in approved
        assert ">Approve<" not in approved
        assert "has to approve it first" in pages.answer("chief", "accept")
        assert "In effect since" in pages.answer("lessor", "accept")

    def test_the_proposer_is_told_that_somebody_else_decides(self, pages, world):
        chief = worlds.person("chief", world.lessor, "ADMIN")
        given = {"lessor": world.lessor, "lessee": world.lessee, "currency": "CNY", "reason": "B"}
        limits.grant(**given, amount_minor=0, by=chief, at=NOW)
        pages.propose("EXTEND", ends_at=NEW_END)

        assert ">Approve<" not in pages.see("lessor", "lease-change", 1)
        assert "somebody else at" in pages.answer("lessor", "approve")
