"""The income of an owner is what the books have, to the fen, whatever happened."""

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client

from billing.models import Invoice, JournalLine
from billing.payments.models import PaymentOrder
from billing.payments.rules.order_states import State
from billing.queries.income import By, income_of, lines_of_owner
from billing.queries.ledger import trial_balance
from billing.rules.income import ACCOUNTS, Part, months, total
from marketplace.models.parties import Role
from tests import once
from tests.billing.payments import life as lives
from tests.billing.payments import matched
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
STEPS = 70
match = once.fixture(matched.begin)


@pytest.fixture
def lived(match):
    with lives.begin(11, match) as life:
        for _ in range(STEPS):
            life.step()
        yield life


def test_the_parts_add_up_to_the_books_however_they_are_told_apart(lived):
    owner, shown = lived.owner, months(lived.today)
    sold = Invoice.objects.issued().filter(seller=owner)
    paid = PaymentOrder.objects.filter(
        kind="PAYOUT", payee=owner, state__in=(State.APPROVED, State.SENT, State.DONE)
    )
    on_accounts = sum(
        row.balance
        for row in trial_balance(lived.desk.book, shown[-1].replace(year=2999))
        if row.account in ACCOUNTS
    )
    open_now = sum(
        minor for number, minor in lived.match.open().items() if sold.filter(number=number).exists()
    )

    wholes = {by: total(income_of(owner, by, shown[0], shown[-1])[0].rows) for by in By}

    for whole in wholes.values():
        assert whole[Part.BILLED] + whole[Part.CREDITED] == sum(sold.values_list("gross_minor", flat=True))
        assert whole[Part.PAID_OUT] == -sum(paid.values_list("amount_minor", flat=True))
        assert whole.still_to_come == -on_accounts
        assert whole.open_minor == open_now
        assert (whole[Part.FEE], whole[Part.MOVED]) == (wholes[By.MONTH][Part.FEE], 0)
    assert min(whole[Part.BILLED] for whole in wholes.values()) > 0 > wholes[By.MONTH][Part.FEE]
    assert wholes[By.MONTH][Part.PAID_OUT] < 0


def test_lines_of_an_account_of_a_party_are_found_by_the_index_of_the_party(lived):
    of_parties = JournalLine.objects.filter(account__party__isnull=False)
    found = lines_of_owner(lived.owner)

    assert of_parties.filter(party=F("account__party")).count() == of_parties.count() > 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "billing_line_party" in found.explain()


def test_every_figure_leads_to_the_lines_that_make_it_up(lived):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(lived.owner, Role.FINANCE))
    day = months(lived.today)[-1]

    for by in By:
        page = client.get("/income/", {"by": by.value, "last_day": str(day)})
        cells = [
            (row, cell) for part in page.context["parts"] for row in part["rows"] for cell in row["cells"]
        ]
        assert [cell for _row, cell in cells if cell["money"].minor]
        for _row, cell in cells:
            sums = client.get(cell["url"]).context["sums"]
            assert sum(one.minor for one in sums) == cell["money"].minor, cell["url"]


def test_files_have_the_figures_of_the_page(lived):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(lived.owner, Role.FINANCE))
    day = str(lived.today)
    [found] = income_of(lived.owner, By.LESSEE, *(months(lived.today)[place] for place in (0, -1)))

    rows = client.get("/income/", {"by": "lessee", "last_day": day, "format": "csv"}).content.decode(
        "utf-8-sig"
    )
    lines = client.get("/income/lines/", {"format": "csv"}).content.decode("utf-8-sig").splitlines()

    heads, first = (row.split(",") for row in rows.splitlines()[:2])
    told = dict(zip(heads, first, strict=True))
    parts = ("Billed", "Credited", "Commission of the platform", "Other")
    assert round(sum(float(told[name]) for name in parts) * 100) == round(float(told["Earned"]) * 100)
    assert float(told["Paid to you"]) == 0  # payouts are of no single lessee
    billed = sum(round(float(row.split(",")[1]) * 100) for row in rows.splitlines()[1:])
    assert billed == total(found.rows)[Part.BILLED]
    assert len(lines) - 1 == lines_of_owner(lived.owner).count()


def test_chinese_says_what_was_before_and_what_was_paid(lived):
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(make.member(lived.owner, Role.FINANCE))

    later = str(lived.today.replace(year=lived.today.year + 1))
    shown = client.get("/income/", {"last_day": later, "format": "csv"}).content.decode("utf-8-sig")

    heads, first = (row.split(",") for row in shown.splitlines()[:2])
    assert first[0] == "此前"
    assert "已付出" in heads


def test_a_provider_sees_what_it_billed_and_not_the_machine_of_the_lessor(match):
    provider, machine = make.organization(kind="LESSOR"), match.scene.unit.equipment
    match.bill("S-1", "L1", 10_600, seller=provider)
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(provider, Role.FINANCE))
    asked = {"by": "machine", "last_day": str(match.invoices["S-1"].issued_at.date())}

    page = client.get("/income/", asked)
    [[row]] = [part["rows"] for part in page.context["parts"]]
    lines = client.get(row["cells"][0]["url"])
    named = client.get("/income/lines/", {"machine": machine.public_id})

    assert (row["label"], row["billed"].minor, row["open"].minor) == ("of no single machine", 10_600, 10_600)
    assert JournalLine.objects.filter(party=provider, equipment=machine).exists()
    assert sum(one.minor for one in lines.context["sums"]) == 10_600
    assert named.context["page"].paginator.count == 0
    for answer in (page, lines, client.get("/income/lines/", {"format": "csv"})):
        assert machine.name not in answer.content.decode()


def test_who_may_not_read_invoices_sees_nothing_and_strangers_nothing_of_others(lived):
    viewer, stranger = Client(), Client(headers={"accept-language": "en"})
    viewer.force_login(make.member(lived.owner, Role.VIEWER))
    stranger.force_login(make.member(make.organization(kind="LESSOR"), Role.FINANCE))

    assert [viewer.get(page).status_code for page in ("/income/", "/income/lines/", "/income/summary/")] == [
        404
    ] * 3
    assert "No income yet" in stranger.get("/income/").content.decode()
    assert stranger.get("/income/lines/").context["page"].paginator.count == 0


def test_what_cannot_be_read_is_named(lived):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(lived.owner, Role.FINANCE))

    for page, query in (
        ("/income/", {"by": "moon"}),
        ("/income/", {"last_day": "x"}),
        ("/income/lines/", {"part": "ALL"}),
    ):
        assert client.get(page, query).status_code == 400
        assert client.get(page, query | {"format": "csv"}).status_code == 400
