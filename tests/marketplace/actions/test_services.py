import pytest
from django.db import IntegrityError, transaction

from marketplace.actions import services
from marketplace.models import ListingService, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
TRAINING = {
    "kind": "TRAINING",
    "basis": "HOUR",
    "price_minor": 30_000,
    "lead_hours": 72,
    "description_zh": "操作培训",
}


class Offered:
    """An owner with a listing, and a school that is to train."""

    def __init__(self):
        self.owner, self.school = make.organization("Owner", "LESSOR"), make.organization("School")
        self.ann, self.bob = make.member(self.owner), make.member(self.school)
        self.listing = make.listing(self.owner)

    def offer(self, provider=None, **changes):
        given = {"listing": self.listing, "provider": provider or self.school, "by": self.ann, "at": NOON}
        return services.offer(**(given | TRAINING | changes))

    def agreed(self, **changes):
        made = self.offer(**changes)
        return services.agree(service=made, digest=made.digest, within=self.school, by=self.bob, at=NOON)


@pytest.fixture
def world():
    return Offered()


def told(organization):
    return list(Notification.objects.filter(organization=organization).values_list("kind", flat=True))


class TestOffering:
    def test_invites_the_provider_and_shows_nothing_yet(self, world):
        made = world.offer()

        assert made.status == "INVITED"
        assert (made.tax_category, made.currency) == ("SERVICE", "CNY")
        assert not ListingService.objects.agreed().exists()
        assert told(world.school) == ["service_invited"]

    def test_needs_no_invitation_for_the_owner_itself(self, world):
        made = world.offer(provider=world.owner)

        assert (made.status, made.agreed_by) == ("AGREED", world.ann.public_id)
        assert told(world.owner) == []

    def test_is_for_those_who_edit_listings_of_the_owner(self, world):
        with pytest.raises(MissingRight):
            world.offer(by=world.bob)
        assert not ListingService.objects.exists()

    def test_names_every_fault(self, world):
        with pytest.raises(services.ServiceInvalid) as refused:
            world.offer(price_minor=-1, basis="YEAR")
        assert {flaw.pointer for flaw in refused.value.flaws} == {"/price_minor", "/basis"}

    def test_is_bounded(self, world, monkeypatch):
        monkeypatch.setattr(services, "MOST", 1)
        world.offer()

        with pytest.raises(services.TooManyServices):
            world.offer()


class TestAnswering:
    def test_agreeing_by_the_fingerprint_shows_the_service(self, world):
        made = world.agreed()

        assert list(ListingService.objects.agreed()) == [made]
        assert told(world.owner) == ["service_agreed"]

    def test_another_fingerprint_is_refused(self, world):
        with pytest.raises(services.OtherServiceShown):
            services.agree(service=world.offer(), digest="0" * 64, within=world.school, by=world.bob, at=NOON)
        assert not ListingService.objects.agreed().exists()

    def test_is_the_providers_and_needs_the_right_to_bind_it(self, world):
        made, viewer = world.offer(), make.member(world.school, Role.VIEWER)

        for within, by in [(world.owner, world.ann), (world.school, viewer)]:
            with pytest.raises(MissingRight):
                services.agree(service=made, digest=made.digest, within=within, by=by, at=NOON)
        assert not ListingService.objects.agreed().exists()

    def test_declining_ends_it(self, world):
        made = services.decline(
            service=world.offer(), within=world.school, by=world.bob, at=NOON, reason=" No time "
        )

        assert (made.status, made.reason) == ("DECLINED", "No time")
        with pytest.raises(services.ServiceAnswered):
            services.agree(service=made, digest=made.digest, within=world.school, by=world.bob, at=NOON)


class TestWithdrawing:
    def test_is_open_to_both_sides_and_told_to_the_other(self, world):
        first, second = world.agreed(), world.agreed()
        services.withdraw(service=first, within=world.owner, by=world.ann, at=NOON)
        services.withdraw(service=second, within=world.school, by=world.bob, at=NOON)

        assert not ListingService.objects.agreed().exists()
        assert "service_withdrawn" in told(world.school) and "service_withdrawn" in told(world.owner)
        with pytest.raises(services.ServiceAnswered):
            services.withdraw(service=first, within=world.owner, by=world.ann, at=NOON)

    def test_is_not_for_others(self, world):
        other = make.organization()
        with pytest.raises(MissingRight):
            services.withdraw(service=world.agreed(), within=other, by=make.member(other), at=NOON)


class TestTheDatabase:
    def test_keeps_what_was_agreed_to(self, world):
        made = world.agreed()

        with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
            ListingService.objects.filter(pk=made.pk).update(price_minor=1)

    def test_knows_no_agreement_without_a_person(self, world):
        made = world.offer()

        with pytest.raises(IntegrityError, match="agreed_by_a_person"), transaction.atomic():
            ListingService.objects.filter(pk=made.pk).update(status="AGREED")
