"""
The published figures from end to end: what happens at bank and provider, the books, and their export.

Each case ends with statements of the bank and the list of the provider's changes, and bean-check and hledger
find that the exported books have what these say.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command

from billing.models import Journal
from billing.payments.actions import (
    allocations,
    classifications,
    operations,
    orders,
    payouts,
    refunds,
    take_backs,
)
from billing.payments.models import (
    Movement,
    OwnerRelease,
    PaymentRequest,
    ProviderEvent,
    ProviderFact,
    Receipt,
    ReconException,
    Settlement,
)
from billing.payments.queries import compositions
from billing.payments.queries.outside import by_banks, by_providers
from billing.payments.rules.providers import Request
from billing.payments.web import webhooks
from billing.rules import accounts as chart
from billing.rules import posting
from config.stand_in import money
from marketplace.shared.money import share_out
from tests import once
from tests.billing.ledger import checkers
from tests.billing.payments import life as lives
from tests.billing.payments import matched
from tests.marketplace.vectors import FINANCE

DAY = 86_400
FORMS = ("beancount", "hledger")
match = once.fixture(matched.begin)


@pytest.fixture
def life(match):
    with lives.begin(0, match) as lived:
        yield lived


@pytest.fixture
def stage(life):
    return life.stage


def asked(life, minor, *invoices):
    """Ask L1 for money by card; return the id of the intent."""
    request = PaymentRequest.objects.create(
        payer=life.match.lessee("L1"), provider="stripe", method="card", amount_minor=minor, currency="CNY",
        made_by="x", made_at=life.stage.at,
    )  # fmt: skip
    for one in invoices:
        request.items.create(invoice=one, amount_minor=one.gross_minor)
    wanted = Request(request.public_id, minor, "CNY", "card")
    return life.provider.open_request(wanted, f"request:{request.public_id}").result.reference


def paid(life, minor, *invoices):
    """Let L1 pay by card, and its money become usable; return the receipt."""
    life.fake.play(f"intents/{asked(life, minor, *invoices)}/pay")
    life.clock()
    life.mature()
    life.night()
    return Receipt.objects.latest("pk")


def sent(life, order):
    """Let a second person approve and send an order, and the provider do it."""
    orders.approve(order=order, **life.acts(life.desk.second))
    operations.send(order=order, provider="stripe", **life.acts(life.desk.second))
    life.clock()
    order.refresh_from_db()
    assert order.state == "DONE"
    return order


def to_bank(life):
    """Let the provider pay out what it has (or take what we owe), and our bank show it; return the payout."""
    made = life.fake.play("payouts")
    life.fake.play(f"payouts/{made['id']}/pay")
    life.money(made["amount"], "ESCROW", made["id"], "STRIPE PAYMENTS")
    life.clock()
    life.night()
    life.statement()
    life.clock()
    return Settlement.objects.get(reference=made["id"])


def faults(life, to):
    """
    Let a day go by until the next change, pull, export the books; return what both programs find, and what
    was asserted last: a day is asserted once a later change was seen.
    """
    life.fake.clock.advance(DAY)
    life.fake.play("changes", type="stripe_fee", amount=-1)
    life.night()
    through = life.stage.at.date()
    asserted = [*by_banks(life.desk.book, through), *by_providers(life.desk.book, through)]
    found = {}
    for form in FORMS:
        file = to / form
        call_command("export_books", book="P", format=form, through=through, to=file, verbosity=0)
        found[form] = checkers.faults(form, file)
    return found, {one.path: one.minor for one in sorted(asserted, key=lambda one: one.on)}


def agrees(life, to):
    """Assert that the export is right, and no standing check finds anything; return what was asserted."""
    found, asserted = faults(life, to)
    assert found == dict.fromkeys(FORMS, "")
    assert lives.broken(life.stage.at + lives.LATER) == {}
    return asserted


class TestPayouts:
    CASES = {case["payout"]: case for case in FINANCE["payouts"]}

    def is_made_of(self, settlement, case):
        found, expected = compositions.of(settlement), case["expect"]
        shapes = sorted(
            (each["type"], each["amount"], each["fee"], each["net"]) for each in case["balance_transactions"]
        )
        rows = settlement.movements.values_list("kind", "gross_minor", "fee_minor", "net_minor")
        assert sorted(rows) == shapes
        assert settlement.amount_minor == case["amount_fen"]
        assert (found.net, found.unclassified) == (expected["sum_net_fen"], expected["unclassified_net_fen"])
        assert (found.difference, found.verdict) == (expected["difference_fen"], expected["status"])

    def test_po_2_of_five_kinds_one_of_them_unknown(self, life, tmp_path):
        case = self.CASES["po_2"]
        invoice = life.match.bill("INV-2026-000001", "L1", 904_000)
        paid(life, 904_000, invoice)
        acts = life.acts()
        order = sent(life, payouts.propose(book=life.desk.book, owner=life.owner, provider="stripe", **acts))
        to_bank(life)
        receipt = paid(life, 103_627)
        life.match.bill("INV-2026-000001-N", "L1", -45_200, invoice)
        life.clock()
        assert life.desk.on(chart.OWNER_OWES) == 40_960
        back = {"reason": "多付", "provider": "stripe", **life.acts()}
        sent(life, refunds.of_receipt(receipt=receipt, amount_minor=46_260, **back))
        taken = take_backs.propose(order=order, amount_minor=40_960, reason="红字", **life.acts())
        take_backs.approve(take_back=taken, **life.acts(life.desk.second))
        life.clock()
        life.fake.play("topups", amount=5_300)
        life.fake.play("changes", type="brand_new_type", amount=-250)

        self.is_made_of(to_bank(life), case)

        found, asserted = faults(life, tmp_path)
        assert asserted["Assets:1012:StripeAvailable"] == 0
        assert all("StripeAvailable" in each for each in found.values())
        told = ReconException.objects.open().values_list("reason", "amount_minor")
        assert set(told) == {("MOVEMENT_WITHOUT_LEDGER", -250), ("PAYOUT_UNCLASSIFIED", -250)}
        assert lives.broken(life.stage.at + lives.LATER) == {}
        odd = Movement.objects.lonely().get()
        said = classifications.propose(movement=odd, means="FEE", reason="新费用", **life.acts())
        classifications.approve(classification=said, **life.acts(life.desk.second))
        assert not ReconException.objects.open().exists()
        assert compositions.of(odd.settlement).verdict == "RECONCILED"
        for form in FORMS:
            file = tmp_path / f"booked.{form}"
            call_command(
                "export_books", book="P", format=form, through=life.stage.at.date(), to=file, verbosity=0
            )
            assert checkers.faults(form, file) == ""

    def test_po_4_is_negative_our_bank_pays_what_a_dispute_took(self, life, tmp_path):
        receipt = paid(life, 25_000)
        to_bank(life)
        life.fake.play(f"charges/{receipt.fact.object_reference}/dispute")
        life.clock()

        settlement = to_bank(life)

        self.is_made_of(settlement, self.CASES["po_4"])
        assert ProviderFact.objects.get(object_reference=settlement.reference).kind == "COLLECTED"
        asserted = agrees(life, tmp_path)
        assert asserted["Assets:1012:StripeAvailable"] == 0
        assert (life.desk.on(chart.IN_TRANSIT), life.desk.on(chart.DISPUTED)) == (0, 25_000)

    def test_a_negative_one_that_fails_leaves_the_debt_at_the_provider(self, life, tmp_path):
        receipt = paid(life, 25_000)
        to_bank(life)
        life.fake.play(f"charges/{receipt.fact.object_reference}/dispute")
        made = life.fake.play("payouts")
        life.fake.play(f"payouts/{made['id']}/fail")
        life.clock()

        assert agrees(life, tmp_path)["Assets:1012:StripeAvailable"] == -26_500
        assert life.desk.on(chart.IN_TRANSIT) == 0


class TestOwnerRelease:
    def pays(self, life, minor, *invoices):
        """Let L1 pay by bank; what the matcher does not place is shared over what is open."""
        life.money(minor, "32001L1", "货款")
        life.statement()
        life.clock()
        receipt = Receipt.objects.latest("pk")
        if receipt.left_minor:
            opened = life.match.open()
            parts = posting.prorated(minor, {one.number: opened[one.number] for one in invoices})
            shares = [(one, parts[one.number]) for one in invoices if parts.get(one.number)]
            allocations.allocate(receipt=receipt, shares=shares, **life.acts())
        return receipt

    def released(self):
        return sum(OwnerRelease.objects.values_list("amount_minor", flat=True))

    @pytest.mark.parametrize("case", FINANCE["owner_release"]["cases"], ids=["whole", "1 fen", "undone"])
    def test_follows_the_published_steps(self, life, tmp_path, case):
        fee_minor = case["invoice_gross_fen"] - case["owner_gross_fen"]
        rent = life.match.bill("INV-2026-000001", "L1", case["owner_gross_fen"])
        fee = life.match.bill("INV-2026-000002", "L1", fee_minor, seller=life.desk.office.platform)
        receipt, before = None, 0
        for step in case["steps"]:
            if step["payment_fen"] < 0:
                for one in receipt.allocations.filter(undoes=None):
                    allocations.undo(allocation=one, comment="退汇", **life.acts())
            else:
                receipt = self.pays(life, step["payment_fen"], rent, fee)
            assert self.released() - before == step["release_fen"]
            assert (
                rent.gross_minor + fee.gross_minor - sum(life.match.open().values())
                == (step["cumulative_fen"])
            )
            before = self.released()

        assert -life.desk.on(chart.OWNER_PAYABLE) == case["total_released_fen"]
        assert agrees(life, tmp_path)["Assets:1002:ClientMoney"] == sum(minor for _, minor, *_ in life.bank)


class TestExchange:
    def test_yuan_that_are_settled_as_dollars_balance_in_each(self, life, tmp_path, monkeypatch):
        case = FINANCE["fx"][0]
        change = case["balance_transaction"]
        monkeypatch.setitem(money.FEES, "card", Decimal(change["fee"]) / change["amount"])
        life.fake.world.balance.rates["cny"] = (change["currency"], change["exchange_rate"])

        receipt = paid(life, case["invoice_gross_fen"])

        [movement] = receipt.fact.movements.all()
        assert (movement.gross_minor, movement.fee_minor, movement.net_minor, movement.rate) == (
            change["amount"], change["fee"], change["net"], change["exchange_rate"],
        )  # fmt: skip
        names = {
            "Assets:1122 AR": chart.UNALLOCATED,  # the payer's until it is allocated
            "Equity:FXTrading": chart.TRADING,
            "Assets:1012:StripePending": chart.PENDING,
            "Expenses:6603:ProviderFees": chart.PROVIDER_FEES,
        }
        lines = receipt.journal.lines.values_list("account__code", "currency", "amount_minor")
        assert sorted(lines) == sorted(
            (names[path], currency, minor) for path, currency, minor in case["expect"]["journal"]
        )
        asserted = agrees(life, tmp_path)
        assert [minor for path, minor in asserted.items() if "Available" in path] == [change["net"]]

    def test_lines_of_a_rounded_total_add_up_to_it(self):
        """No invoice here is translated into another currency: the rule stands alone."""
        case = FINANCE["fx"][1]
        total = Decimal(sum(case["lines_usd_cents"])) * Decimal(case["rate_cny"])

        assert round(total) == case["rounded_total_fen"]
        assert share_out(case["rounded_total_fen"], case["lines_usd_cents"]) == case["line_fen"]
        assert sum(case["line_fen"]) == case["sum_of_lines_fen"]


SIGNED = FINANCE["stripe_signatures"]


class TestSignatures:
    """The published bodies are no events, which is said only of what was signed."""

    @pytest.fixture
    def post(self, settings, client, monkeypatch, db):
        def told(case):
            settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_fake", case["secret"]
            signed = case["header"].partition("t=")[2].partition(",")[0] or 1_764_576_000
            now = case.get("now") or case.get("timestamp") or int(signed)
            monkeypatch.setattr(webhooks.clock, "machine_now", lambda: datetime.fromtimestamp(now, UTC))
            head = {"Stripe-Signature": case["header"]}
            return client.post(
                "/webhooks/stripe/", case["body"].encode(), content_type="application/json", headers=head
            )

        return told

    @pytest.mark.parametrize(
        "case", SIGNED["valid"] + SIGNED["must_accept"], ids=lambda case: case.get("why") or case["secret"]
    )
    def test_are_believed_at_the_door(self, post, case):
        answer = post(case)

        assert (answer.status_code, "it is no event" in answer.json()["reason"]) == (400, True)

    @pytest.mark.parametrize("case", SIGNED["must_reject"], ids=lambda case: case["why"])
    def test_are_refused_at_the_door(self, post, case):
        answer = post(case)

        assert (answer.status_code, "it is no event" in answer.json()["reason"]) == (400, False)
        assert not ProviderEvent.objects.exists()


class Play:
    """What the messages of a sequence tell of, happening at the provider in the order of their times."""

    def __init__(self, life):
        self.life, self.fake = life, life.fake
        self.invoice = life.match.bill("INV-2026-000001", "L1", 904_000)
        self.intent = self.receipt = self.dispute = self.payout = None

    def happen(self, told):
        """Let happen what a message tells of; what it tells beside another one happened with that."""
        does = {
            "payment_intent.processing": self.processing,
            "payment_intent.succeeded": lambda: self.fake.play(f"intents/{self.asked()}/pay"),
            "payment_intent.payment_failed": lambda: self.fake.play(f"intents/{self.asked()}/fail"),
            "charge.dispute.created": lambda: self.disputed("dispute"),
            "charge.dispute.created(warning_needs_response)": lambda: self.disputed("inquiry"),
            "charge.dispute.closed": lambda: self.fake.play(f"disputes/{self.dispute}/won"),
            "charge.dispute.closed(warning_closed)": lambda: self.fake.play(
                f"disputes/{self.dispute}/warning_closed"
            ),
            "payout.paid": self.paid_out,
            "payout.failed": lambda: self.fake.play(f"payouts/{self.payout}/fail"),
        }
        name, *given = told.split(" ")
        if name == "refund.created":
            self.refunded(int(given[1]))
        elif name in does:
            does[name]()

    def asked(self):
        self.intent = self.intent or asked(self.life, self.invoice.gross_minor, self.invoice)
        return self.intent

    def processing(self):
        self.fake.play(f"intents/{self.asked()}/process")

    def received(self):
        self.receipt = self.receipt or paid(self.life, 925_200)
        return self.receipt

    def disputed(self, how):
        charge = self.received().fact.object_reference
        self.dispute = self.fake.play(f"charges/{charge}/{how}")["id"]

    def refunded(self, minor):
        receipt = self.received()
        receipt.refresh_from_db()
        back = {"reason": "多付", "provider": "stripe", **self.life.acts()}
        order = refunds.of_receipt(receipt=receipt, amount_minor=minor, **back)
        orders.approve(order=order, **self.life.acts(self.life.desk.second))
        made = operations.send(order=order, provider="stripe", **self.life.acts(self.life.desk.second))
        self.life.stage.run(made)

    def paid_out(self):
        self.received()
        self.payout = self.fake.play("payouts")["id"]
        self.fake.play(f"payouts/{self.payout}/pay")

    def state_of_payment(self):
        status = self.fake.world.get("payment_intent", self.intent)["status"]
        return {"requires_payment_method": "failed"}.get(status, status)

    def told(self, events):
        """Let everything happen in its order, then its messages come as they are listed, and no other."""
        ids, start = {}, None
        for name, told, second in sorted(events, key=lambda one: one[2]):
            if name in ids:
                continue
            start = second if start is None else start
            known = set(self.fake.events.all)
            self.happen(told)
            self.fake.clock.advance(max(0, second - start))
            start = max(start, second)
            kind = told.partition("(")[0].partition(" ")[0]
            fresh = [ref for ref in self.fake.events.all if ref not in known]
            pool = fresh or [ref for ref in known if ref not in ids.values()]
            ids[name] = next(ref for ref in pool if self.fake.events.all[ref]["type"] == kind)
        self.fake.events.outbox.clear()
        self.life.stage.arrive([ids[name] for name, *_ in events])


class TestWebhookSequences:
    @pytest.mark.parametrize("case", FINANCE["webhook_sequences"], ids=lambda case: case["name"][:3].strip())
    def test_published(self, life, tmp_path, case):
        play, expected = Play(life), dict(case["expect"])
        if not any(told.startswith("payment_intent") for _, told, _ in case["events"]):
            play.received()
        before = Journal.objects.count()

        play.told(case["events"])

        found = {
            "payment": lambda: play.state_of_payment(),
            "receipt_journals": lambda: Journal.objects.filter(kind="CARD_PAID").count(),
            "invoice": lambda: "open" if life.match.open()[play.invoice.number] else "paid",
            "disputed_receivable_fen": lambda: life.desk.on(chart.DISPUTED),
            "dispute_fee_expense": lambda: life.desk.on(chart.DISPUTE_FEES) > 0,
            "money_journals": lambda: Journal.objects.count() - before,
            "refund_journals": lambda: ProviderFact.objects.filter(kind="REFUND").count(),
            "refunded_fen": lambda: sum(
                one.document["amount"] for one in ProviderFact.objects.filter(kind="REFUND")
            ),
            "payout": lambda: Settlement.objects.get().state.lower(),
            "in_transit_fen": lambda: life.desk.on(chart.IN_TRANSIT),
        }
        expected.pop("note", None)
        assert {name: found[name]() for name in expected} == expected
        agrees(life, tmp_path)
