"""Pages of late interest and reminders, in both languages."""

import re
from datetime import timedelta

import pytest

from billing.models import DunningHold, DunningPolicy, InterestWaiver, Invoice, LateTerms, PaymentPromise
from billing.web import dunning as pages
from billing.web import late_interest as interest_pages
from tests import once
from tests.billing.actions.test_dunning import build, run
from tests.billing.late import DECEMBER, overdue_times, rent

pytestmark = pytest.mark.django_db
scene = once.fixture(build)


@pytest.fixture(autouse=True)
def december(monkeypatch):
    for module in (pages, interest_pages):
        monkeypatch.setattr(module.clock, "now", lambda: DECEMBER + timedelta(hours=9))


def seen(client, who, url, language="zh-hans"):
    client.force_login(who)
    answer = client.get(url, headers={"accept-language": language})
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_the_seller_sees_what_is_overdue_and_takes_it_as_a_file(client, scene):
    run(scene)
    page = seen(client, scene.owner, "/dunning/")

    assert "逾期与催收" in page
    assert "¥2,461.21" in page
    assert rent(scene).number in page
    assert rent(scene).number not in seen(client, scene.owner, "/dunning/?level=2")
    assert rent(scene).number in seen(client, scene.owner, "/dunning/?level=1&buyer=")
    client.force_login(scene.owner)
    table = client.get("/dunning/?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(table) == 2
    assert "2461.21" in table[1]
    assert client.get("/dunning/?format=xlsx").content.startswith(b"PK")
    assert client.get("/dunning/?level=x&format=csv").status_code == 400


def test_what_is_overdue_and_letters_come_by_pages_with_totals_over_all(client, scene, monkeypatch):
    run(scene)
    overdue_times(monkeypatch, pages, 60)
    number = rent(scene).number

    first, second = (seen(client, scene.owner, f"/dunning/?page={one}", "en") for one in (1, 2))

    assert first.count(f"{number}-") == 50
    assert second.count(f"{number}-") == 10
    assert all("¥147,672.60" in page for page in (first, second))  # 60 × 2,461.21
    table = client.get("/dunning/?format=csv&page=2").content.decode("utf-8-sig").splitlines()
    assert len(table) == 61
    monkeypatch.setattr(pages, "PAGE", 1)
    assert "page=2" in seen(client, scene.owner, "/dunning/", "en")
    assert "letters=2" not in seen(client, scene.owner, "/dunning/", "en")
    assert "letters=2" in seen(client, scene.owner, "/dunning/?letters=3", "en")
    for odd in ("0", "x", "-1", "9" * 30):
        assert "letters=2" not in seen(client, scene.owner, f"/dunning/?letters={odd}", "en")


def test_the_lessee_sees_its_letter_and_what_to_do(client, scene):
    [made] = run(scene)
    url = f"/dunning/letters/{made.public_id}/"

    assert "请按账单所示方式付款" in seen(client, scene.buyer, url)
    assert "Please pay in all" in seen(client, scene.buyer, url, "en")
    assert made.public_id in seen(client, scene.buyer, "/dunning/")
    assert client.get(f"{url}file/").content.startswith(b"%PDF")


def test_the_last_letter_leads_its_sender_to_the_notice_of_default(client, scene):
    run(scene)
    run(scene, at=DECEMBER + timedelta(days=30))
    [made] = run(scene, at=DECEMBER + timedelta(days=60))
    url = f"/dunning/letters/{made.public_id}/"

    there = f"/leases/{scene.lease.public_id}/default/"
    assert there in seen(client, scene.owner, url)
    assert there not in seen(client, scene.buyer, url)


def test_the_seller_claims_waives_and_notes_a_promise(client, scene):
    url = f"/invoices/{rent(scene).public_id}/interest/"
    assert "¥17.23" in seen(client, scene.buyer, url)
    assert "Claim what is left" in seen(client, scene.owner, url, "en")

    assert client.post(url, {"act": "claim"}).status_code == 302
    paper = Invoice.objects.get(kind="INTEREST")
    assert "逾期利息" in seen(client, scene.buyer, f"/invoices/{paper.public_id}/")
    client.force_login(scene.owner)
    client.post(url, {"act": "waive", "amount": "10.00", "reason": "Holiday"})
    waiver = InterestWaiver.objects.get()
    assert client.post(url, {"act": "grant", "waiver": waiver.public_id}).status_code == 400
    client.post(url, {"act": "promise", "promised_on": "2026-12-10", "note": ""})
    assert PaymentPromise.objects.count() == 1
    for odd in ({}, {"act": "waive"}, {"act": "grant", "waiver": "\x01"}, {"act": "promise"}):
        assert client.post(url, odd).status_code in (400, 404)
    client.force_login(scene.buyer)
    assert client.post(url, {"act": "claim"}).status_code in (302, 400, 403)
    assert Invoice.objects.filter(kind="INTEREST").count() == 1


def test_the_seller_writes_levels_terms_and_pauses(client, scene):
    seen(client, scene.owner, "/dunning/policy/")
    given = {"is_on": "on", "smallest": "5", "days_1": "5", "zh_1": "请付款", "en_1": "Please pay"}
    assert client.post("/dunning/policy/", given).status_code == 302
    assert DunningPolicy.objects.latest("version").smallest_minor == 500
    assert client.post("/dunning/policy/", given | {"days_1": ""}).status_code == 400
    assert client.post("/dunning/policy/", given | {"days_2": "5"}).status_code == 400
    hold = {"act": "hold", "buyer": scene.lessee.public_id, "through": "2026-12-20", "reason": "Talks"}
    assert client.post("/dunning/", hold).status_code == 302
    held = DunningHold.objects.get()
    assert "Talks" in seen(client, scene.owner, "/dunning/")
    assert client.post("/dunning/", {"act": "end", "hold": held.public_id}).status_code == 302
    assert client.post("/dunning/", {"act": "end", "hold": "x"}).status_code == 404
    assert client.post("/dunning/", {"act": "hold"}).status_code == 400
    terms = {"valid_from": "2026-12-20", "percent": "0.05", "per": "DAY", "day_count": "365"}
    terms |= {"grace_days": "2", "cap_percent": "20", "waived_alone": "100"}
    assert client.post("/dunning/terms/", terms).status_code == 302
    made = LateTerms.objects.latest("pk")
    assert (str(made.rate), str(made.cap), made.waived_alone_minor) == ("0.00050000", "0.2000", 10000)
    assert client.post("/dunning/terms/", terms).status_code == 400
    assert "0.05 % 每天" in " ".join(
        re.sub("<[^>]+>", "", seen(client, scene.buyer, "/dunning/terms/")).split()
    )
