"""Sub-leases on pages: each side finds its next step and takes it; works without script."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from devices.ownership.models import Agreement, Notice
from leasing.models import Sublease
from leasing.rules.subleases import Status
from tests.leasing import world as worlds
from tests.leasing.sublet import BEGUN, DAY, TIME, Sublet

pytestmark = pytest.mark.django_db


class Pages(Sublet):
    """Everybody signed in, at a moment in the time of the lease, with English pages."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        monkeypatch.setattr(timezone, "now", lambda: BEGUN)

    def client(self, who):
        found = Client(headers={"accept-language": "en"})
        found.force_login(self.people[who])
        return found

    def see(self, who, name, *args):
        answer = self.client(who).get(reverse(name, args=args))
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def do(self, who, name, *args, **given):
        answer = self.client(who).post(reverse(name, args=args), given, follow=True)
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def typed(self, **changes):
        given = {"sublessee": self.workshop.credit_code, "place": "苏州市吴中区"}
        return given | {"first_day": "2026-03-12", "last_day": "2026-03-20"} | changes

    def move(self, who, made, verb, **given):
        made.refresh_from_db()
        given = {"version": made.version, "digest": made.digest} | given
        return self.do(who, "sublease-move", made.public_id, verb, **given)


@pytest.fixture
def pages(world, monkeypatch):
    return Pages(world, monkeypatch)


class TestTheWay:
    def test_from_the_lease_to_the_end(self, pages, world):
        lessor, lessee, workshop = world.lessor, world.lessee, pages.workshop
        assert "Sub-let the machine" in pages.see(lessee, "lease", pages.lease.public_id)
        assert "Sub-let the machine" not in pages.see(lessor, "lease", pages.lease.public_id)
        assert "Propose the sub-lease" in pages.see(lessee, "lease-sublet", pages.lease.public_id)

        pages.do(lessee, "lease-sublet", pages.lease.public_id, **pages.typed(first_day="2026-03-01"))

        made = Sublease.objects.get()
        assert made.starts_at == pages.lease.starts_at
        page = made.public_id
        assert "waits for you" in pages.see(workshop, "subleases")
        assert "waits for you" not in pages.see(lessor, "subleases")
        assert "Accept the sub-lease" in pages.see(workshop, "sublease", page)
        assert "Consent to the sub-lease" not in pages.see(lessor, "sublease", page)
        pages.move(workshop, made, "accept")
        assert "waits for you" in pages.see(lessor, "lease", pages.lease.public_id)
        assert "Consent to the sub-lease" in pages.see(lessor, "sublease", page)
        pages.move(lessor, made, "consent")
        shown = pages.see(lessee, "sublease", page)
        assert "has read and accepted the data notice" in shown
        assert ">Hand the machine on<" not in shown

        notice = Notice.objects.get(reference=page)
        assert "I have read and agree" in pages.see(workshop, "sublease-notice", page)
        assert "I have read and agree" not in pages.see(lessor, "sublease-notice", page)
        read = {"notice": notice.public_id, "digest": notice.digest}
        pages.do(workshop, "sublease-notice-accept", page, **read)
        assert ">Hand the machine on<" in pages.see(lessee, "sublease", page)
        pages.move(lessee, made, "begin")
        made.refresh_from_db()
        assert made.status == Status.RUNNING
        shown = pages.see(workshop, "sublease", page)
        assert made.agreement.public_id in shown
        assert "End it now" in shown
        assert "Sub-let the machine" in shown
        assert pages.workshop.name in pages.see(workshop, "data-agreement", made.agreement.public_id)

    def test_of_the_second_below_the_first(self, pages, world):
        above = pages.running(at=BEGUN - DAY / 2)

        assert "Propose the sub-lease" in pages.see(pages.workshop, "sublease-sublet", above.public_id)
        pages.do(
            pages.workshop,
            "sublease-sublet",
            above.public_id,
            **pages.typed(sublessee=pages.next.public_id, last_day="2026-03-21"),
        )

        made = Sublease.objects.get(under=above)
        assert made.ends_at == TIME.end  # of the last day as much as the sub-lease above covers
        pages.move(pages.next, made, "accept")
        pages.move(world.lessor, made, "consent")
        shown = pages.see(world.lessor, "sublease", made.public_id)
        assert "Consent to the sub-lease" not in shown
        assert world.lessee.name in shown
        assert "Consent to the sub-lease" in pages.see(world.lessee, "sublease", made.public_id)

    def test_of_one_that_is_refused(self, pages, world):
        made = pages.propose()

        said = pages.move(pages.workshop, made, "refuse", reason="")
        assert "Say why you refuse" in said
        assert "太贵了" in pages.move(pages.workshop, made, "refuse", reason="太贵了")
        made.refresh_from_db()
        assert made.status == Status.REFUSED

    def test_of_a_new_notice(self, pages, world):
        made = pages.propose()

        said = pages.do(world.lessee, "sublease-notice-deliver", made.public_id)
        assert "The sub-lessee accepts this notice" in said
        assert Notice.objects.filter(reference=made.public_id).count() == 2
        first = Notice.objects.filter(reference=made.public_id).earliest("number")
        said = pages.do(
            pages.workshop,
            "sublease-notice-accept",
            made.public_id,
            notice=first.public_id,
            digest=first.digest,
        )
        assert "has changed since this data notice" in said
        pages.move(world.lessee, made, "withdraw")
        said = pages.do(world.lessee, "sublease-notice-deliver", made.public_id)
        assert "in the state" in said


class TestTheForm:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"sublessee": "nobody"}, "There is no such organization."),
            ({"last_day": "2026-03-01"}, "must not lie before the first"),
            ({"last_day": "2026-12-01"}, "the lease above covers it"),
            ({"place": ""}, "required"),
        ],
    )
    def test_says_what_is_wrong(self, pages, world, changes, said):
        shown = pages.do(world.lessee, "lease-sublet", pages.lease.public_id, **pages.typed(**changes))

        assert said in shown
        assert not Sublease.objects.exists()

    def test_is_the_lessees(self, pages, world):
        assert pages.see(world.lessor, "lease-sublet", pages.lease.public_id) == 403
        assert pages.see(pages.workshop, "lease-sublet", pages.lease.public_id) == 404
        pages.people[world.lessee] = world.guest
        assert pages.see(world.lessee, "lease-sublet", pages.lease.public_id) == 403

    def test_says_that_the_chain_is_long_enough(self, pages, world):
        under, by = None, world.buyer
        for n in range(3):
            one = [pages.workshop, pages.next, world.stranger][n]
            pages.people[one] = worlds.person(f"p{n}", one, "OPERATOR")
            under = pages.running(at=BEGUN - DAY / 2, under=under, sublessee=one, by=by, period=TIME)
            by = pages.people[one]

        shown = pages.do(
            world.stranger,
            "sublease-sublet",
            under.public_id,
            **pages.typed(sublessee=world.lessor.public_id),
        )

        assert "At most 3 sub-leases" in shown


class TestOthers:
    def test_find_nothing(self, pages, world):
        made = pages.propose()

        for name in ("sublease", "sublease-notice", "sublease-sublet"):
            assert pages.see(world.stranger, name, made.public_id) == 404
        assert made.public_id not in pages.see(world.stranger, "subleases")
        assert pages.see(pages.workshop, "lease", pages.lease.public_id) == 404
        assert pages.see(pages.workshop, "sublease-sublet", made.public_id) == 404

    def test_see_no_way_to_the_lease_of_others(self, pages):
        made = pages.propose()

        assert pages.lease.number not in pages.see(pages.workshop, "sublease", made.public_id)
        assert not Agreement.objects.exclude(under=None).exists()
