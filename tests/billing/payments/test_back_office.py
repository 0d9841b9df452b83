"""The platform sees on one page what waits for it, and each person what its role decides."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from billing.payments.models import ReconException
from billing.payments.queries import back_office
from billing.payments.queries.back_office import Matter
from marketplace.models import BackgroundJob, ContentCase, EquipmentCheck, Letter, Verification
from marketplace.models.parties import Role
from tests import once
from tests.billing.payments import world
from tests.billing.payments.world import AT, DAY
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
desk = once.fixture(world.desk)


def waits(desk, *matters):
    found = back_office.waiting(desk.office.platform, list(matters or Matter), AT, DAY)
    return {one.matter: (one.count, one.since) for one in found if one.count}


def failed(desk, at):
    return BackgroundJob.objects.create(
        organization=desk.owner,
        made_by=desk.keeper,
        kind="import",
        subject=f"imp_{at:%d%H}",
        title="November",
        status="FAILED",
        total=1,
        problem={"code": "background_job_lost", "facts": {}},
        made_at=at,
        moved_at=at,
        finished_at=at,
    )


def test_nothing_waits_where_nothing_happened(desk):
    assert waits(desk) == {}


def test_counts_what_waits_and_names_the_oldest_of_each_kind(desk):
    for hours in (1, 30):
        since = AT - timedelta(hours=hours)
        applicant = make.organization(awaits_verification=True)
        Verification.objects.create(organization=applicant, state="WAITING", submitted_at=since)
        ReconException.objects.create(book=desk.book, reason="MISSING", reference=f"{hours}", opened_at=since)
        Letter.objects.create(to="a@b.test", subject="s", body="b", made_at=since, tries=5)
        offer = make.listing(make.organization(), status="PAUSED")
        said = {"about": "LISTING", "ground": "OTHER", "named": "x", "state": "OPEN"}
        said["reporter"] = make.organization()
        ContentCase.objects.create(listing=offer, opened_at=since, moved_at=since, **said)
    Letter.objects.create(to="a@b.test", subject="s", body="b", made_at=AT, tries=4)
    desk.collected(500, "one")
    desk.propose()

    found = waits(desk)

    day_before = AT - timedelta(hours=30)
    assert found == {
        Matter.VERIFICATIONS: (2, day_before),
        Matter.REPORTS: (2, day_before),
        Matter.EXCEPTIONS: (2, day_before),
        Matter.MAILS: (2, day_before),
        Matter.PAYOUTS: (1, AT),
    }


class TestOffersThatNobodyChecked:
    def test_are_counted_by_offer_and_the_oldest_is_named(self, desk):
        old = AT - timedelta(days=40)
        make.listing(make.organization(), 3, published_at=old)
        for hidden in ({"status": "PAUSED"}, {"published_at": None, "status": "DRAFT"}):
            make.listing(make.organization(), **{"published_at": old - timedelta(days=1)} | hidden)
        seen = make.listing(make.organization(), published_at=old - timedelta(days=2))
        about = {"passed": True, "seen": "1", "checked_at": AT, "valid_until": AT + timedelta(days=9)}
        EquipmentCheck.objects.create(
            equipment=seen.units.get().equipment, kind="NAMEPLATE", recorded_at=AT, **about
        )

        assert waits(desk, Matter.OFFERS) == {Matter.OFFERS: (1, old)}

    def test_are_counted_up_to_a_bound_and_the_page_says_that_there_are_more(self, desk, monkeypatch):
        monkeypatch.setattr(back_office, "MOST_COUNTED", 2)
        owner, oldest = make.organization(), AT - timedelta(days=3)
        for days in range(2):
            make.listing(owner, published_at=oldest + timedelta(days=days))
        [two] = back_office.waiting(desk.office.platform, [Matter.OFFERS], AT, DAY)
        make.listing(owner, published_at=AT)
        [more] = back_office.waiting(desk.office.platform, [Matter.OFFERS], AT, DAY)

        assert (two.count, two.since, two.is_more) == (2, oldest, False)
        assert (more.count, more.since, more.is_more) == (2, oldest, True)
        client = Client(headers={"accept-language": "en"})
        client.force_login(make.member(desk.office.platform, Role.ADMIN))
        page = client.get(reverse("platform"))
        assert page.context["is_more"] is True
        shown = re.sub(r"<[^>]+>", "", page.content.decode())
        assert f"More than {page.context['total']} things wait" in shown
        assert re.search(r"\b2\+", shown)


def test_a_job_that_failed_is_shown_for_a_week(desk):
    late, old = failed(desk, AT - timedelta(days=6)), failed(desk, AT - timedelta(days=8))

    assert back_office.failed_jobs(AT) == [late]
    assert waits(desk, Matter.JOBS) == {Matter.JOBS: (1, late.finished_at)}
    assert old.status == "FAILED"


def test_asks_once_whatever_waits(desk, django_assert_num_queries):
    with django_assert_num_queries(1):
        waits(desk)


@pytest.mark.parametrize(
    ("role", "mine", "others"),
    [
        (Role.OPERATOR, {Matter.VERIFICATIONS, Matter.DECISIONS}, {Matter.PAYOUTS, Matter.EXCEPTIONS}),
        (Role.FINANCE, {Matter.PAYOUTS, Matter.EXCEPTIONS}, {Matter.VERIFICATIONS, Matter.DECISIONS}),
        (Role.ADMIN, set(Matter), set()),
        (Role.VIEWER, set(), set(Matter)),
    ],
)
def test_each_role_sees_what_it_may_do_something_about(desk, role, mine, others):
    person = make.member(desk.office.platform, role)

    seen = set(back_office.matters_of(person, desk.office.platform))

    assert mine <= seen
    assert not others & seen


def test_the_page_leads_to_where_it_is_decided(desk):
    desk.collected(500, "one")
    desk.propose()
    visitor = Client(headers={"accept-language": "en"})
    visitor.force_login(desk.second)

    shown = visitor.get(reverse("platform")).content.decode()

    assert '<a href="/payouts/?state=PROPOSED">Payments to approve</a>' in shown
    assert "/verifications/" not in shown


def test_the_page_is_not_there_for_others(desk):
    visitor = Client()
    visitor.force_login(desk.keeper)

    assert visitor.get(reverse("platform")).status_code == 404
