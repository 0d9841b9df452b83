"""Grading anew: who may raise, who may lower, and what follows."""

from datetime import timedelta

import pytest

from devices.models import Binding
from devices.ownership.actions import gradings
from devices.ownership.models import Agreement, DataAsset
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.devices.machines import NOON, lathe
from tests.factories.marketplace import equipment, member, organization, platform

pytestmark = pytest.mark.django_db
AT = NOON + timedelta(hours=1)
NOTICE = "MIIT notice 2026-17"


@pytest.fixture
def device():
    return lathe()


def of(device, key):
    return DataAsset.objects.select_related("device__owner", "channel").get(device=device, channel__key=key)


def regraded(asset, grade, within=None, **more):
    within = within or asset.device.owner
    given = {"reason": "because", "by": member(within), "within": within, "at": AT}
    return gradings.regrade(asset=asset, grade=grade, **(given | more))


class TestRaising:
    def test_is_the_owners_with_a_reason(self, device):
        made = regraded(of(device, "load"), "L4", reason=" shows the recipe ")

        assert (of(device, "load").grade, of(device, "load").graded_at) == ("L4", AT)
        assert (made.rule, made.reason, made.within, str(made)) == (
            "decided",
            "shows the recipe",
            device.owner,
            f"{made.asset_id} L4",
        )
        assert AuditEntry.objects.get(action="data_asset.regrade").facts["grade"] == "L4"

    def test_reaches_what_is_derived(self, device):
        regraded(of(device, "parts"), "L4")

        usage = device.assets.get(kind="USAGE")
        assert (usage.grade, usage.gradings.first().rule) == ("L4", "from_source")
        assert of(device, "execution").grade == "L2"

    def test_makes_reads_under_way_be_decided_anew(self, device):
        machine = equipment(device.owner)
        Binding.objects.create(device=device, equipment=machine, period=(NOON, None))
        agreement = Agreement.objects.create(
            equipment=machine, owner=device.owner, lessee=organization(), period=(NOON, None),
            reference="lea_1", opened_at=NOON,
        )  # fmt: skip

        regraded(of(device, "load"), "L5", reference=NOTICE)

        agreement.refresh_from_db()
        assert agreement.version == 2


class TestRefused:
    def unchanged(self, device, key="load", grade="L2"):
        assert (of(device, key).grade, of(device, key).gradings.count()) == (grade, 1)

    def test_to_others(self, device):
        with pytest.raises(gradings.NotYoursToGrade):
            regraded(of(device, "load"), "L4", within=organization())
        with pytest.raises(MissingRight):
            regraded(of(device, "load"), "L4", by=member(device.owner, Role.VIEWER))

        self.unchanged(device)

    @pytest.mark.parametrize(
        ("grade", "more", "pointers"),
        [
            ("L9", {}, ["/grade"]),
            ("L3", {"reason": "  "}, ["/reason"]),
            ("L5", {}, ["/reference"]),
            ("L6", {"reason": "", "reference": " "}, ["/reason", "/reference"]),
            ("L3", {"reason": "x" * 301, "reference": "y" * 121}, ["/reason", "/reference"]),
        ],
    )
    def test_without_its_words(self, device, grade, more, pointers):
        with pytest.raises(gradings.BadGrading) as refused:
            regraded(of(device, "load"), grade, **more)

        assert [flaw.pointer for flaw in refused.value.flaws] == pointers
        self.unchanged(device)

    def test_the_same_again(self, device):
        with pytest.raises(gradings.SameGrade):
            regraded(of(device, "load"), "L2")

        self.unchanged(device)


class TestLowering:
    def test_is_the_platforms_alone(self, device):
        regraded(of(device, "load"), "L4")

        with pytest.raises(gradings.LoweringNeedsPlatform):
            regraded(of(device, "load"), "L3")
        regraded(of(device, "load"), "L2", within=platform())

        assert of(device, "load").grade == "L2"

    def test_never_goes_below_category_and_pace(self, device):
        device.assets.filter(channel__key="load").update(per_hour=3600, grade="L4")

        with pytest.raises(gradings.BelowFloor):
            regraded(of(device, "load"), "L2", within=platform())

        regraded(of(device, "load"), "L3", within=platform())

    def test_never_goes_below_what_it_is_derived_from(self, device):
        regraded(of(device, "parts"), "L4")
        usage = DataAsset.objects.select_related("device__owner").get(device=device, kind="USAGE")

        with pytest.raises(gradings.BelowFloor):
            regraded(usage, "L2", within=platform())

    def test_of_important_data_names_the_authority(self, device):
        regraded(of(device, "load"), "L5", reference=NOTICE)

        with pytest.raises(gradings.BadGrading):
            regraded(of(device, "load"), "L3", within=platform())
        regraded(of(device, "load"), "L3", within=platform(), reference="MIIT notice 2027-1")
