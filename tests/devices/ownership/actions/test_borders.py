"""The cross-border check over stored assets: its answer is kept, and counts since 1 January."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from devices.ownership.actions import borders
from devices.ownership.models import BorderCheck
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.devices.machines import LATHE, lathe
from tests.factories.marketplace import member, organization

pytestmark = pytest.mark.django_db
AT = datetime.fromisoformat("2026-11-20T12:00:00+08:00")
KNOWN = {"personal": True, "for_foreign_authority": False, "exemption": "none", "critical_operator": False}
PERSONAL = LATHE[3] | {"key": "badge", "category": "operator_data"}
PATH = "/api/v1/border-checks/"


@pytest.fixture
def device():
    return lathe(channels=[*LATHE, PERSONAL])


def of(device, key):
    return device.assets.get(channel__key=key)


def checked(device, *keys, at=AT, **more):
    given = {
        "destination": "DE",
        "recipient": "Maker GmbH",
        "by": member(device.owner),
        "within": device.owner,
    }
    return borders.check(assets=[of(device, key) for key in keys], at=at, **(given | more))


class TestCheck:
    def test_at_home_it_does_not_apply(self, device):
        made = checked(device, "load", destination="CN")

        assert (made.answer, made.may_go, made.step, str(made)) == (
            "not_applicable",
            True,
            1,
            "CN: not_applicable",
        )
        assert AuditEntry.objects.get(action="border.check").subject == made.public_id

    def test_takes_the_highest_grade_among_them(self, device):
        device.assets.filter(channel__key="parts").update(grade="L5")

        made = checked(device, "load", "parts", facts={"for_foreign_authority": False, "personal": False})

        assert (made.grade, made.answer, made.step, made.may_go) == ("L5", "security_assessment", 4, False)
        assert made.articles == ["cac16_7", "dsl_31", "ndr_37", "miit_21"]

    def test_core_data_never_leave(self, device):
        device.assets.filter(channel__key="load").update(grade="L6")

        assert checked(device, "load", facts={"for_foreign_authority": False}).answer == "refuse"

    def test_names_what_is_missing(self, device):
        made = checked(device, "load")

        assert (made.answer, made.step, made.missing) == ("hold", 2, ["for_foreign_authority"])

    def test_operator_data_are_personal_whatever_is_said(self, device):
        made = checked(device, "badge", facts=KNOWN | {"personal": False}, persons=5, sensitive_persons=0)

        assert (made.facts["personal"], made.step, made.answer) == (True, 8, "free")

    def test_an_assessment_that_was_passed_lets_go(self, device):
        device.assets.filter(channel__key="load").update(grade="L5")
        facts = {"for_foreign_authority": False, "assessed_until": AT.date() + timedelta(days=1)}

        made = checked(device, "load", facts=facts)

        assert (made.may_go, made.facts["assessed_until"]) == (True, "2026-11-21")


class TestCounts:
    def answers(self, device, *persons, at=AT):
        return [
            checked(device, "badge", facts=KNOWN, persons=one, sensitive_persons=0, at=at).answer
            for one in persons
        ]

    def test_what_went_since_1_january_is_added(self, device):
        assert self.answers(device, 60_000, 50_000, 30_000) == ["free", "contract_or_certification", "free"]

    def test_the_year_before_and_other_organizations_do_not_count(self, device):
        self.answers(device, 60_000, at=datetime.fromisoformat("2025-12-31T23:59:59+08:00"))
        self.answers(lathe(channels=[PERSONAL]), 60_000)

        assert self.answers(device, 50_000) == ["free"]

    def test_the_year_begins_at_midnight_in_china(self, device):
        self.answers(device, 60_000, at=datetime.fromisoformat("2026-01-01T00:00:00+08:00"))

        assert self.answers(device, 50_000) == ["contract_or_certification"]

    def test_what_stayed_at_home_or_was_held_does_not_count(self, device):
        checked(device, "badge", facts=KNOWN, persons=90_000, sensitive_persons=0, destination="CN")
        checked(device, "badge", facts=KNOWN, persons=90_000)

        assert self.answers(device, 20_000) == ["free"]


class TestRefused:
    def test_to_viewers_and_others(self, device):
        for person in (member(device.owner, Role.VIEWER), member(organization())):
            with pytest.raises(MissingRight):
                checked(device, "load", by=person)

    def test_what_cannot_be_answered(self, device):
        with pytest.raises(borders.BadBorderCheck) as refused:
            checked(device, destination="Germany", recipient=" ")

        assert [one.pointer for one in refused.value.flaws] == ["/assets", "/destination", "/recipient"]
        assert not BorderCheck.objects.exists()

    def test_to_rewrite_an_answer(self, device):
        checked(device, "load")

        with pytest.raises(DatabaseError), transaction.atomic():
            BorderCheck.objects.update(answer="free")


class TestOverRest:
    def body(self, device, **more):
        return {"assets": [of(device, "load").public_id], "destination": "DE", "recipient": "Maker"} | more

    def test_answers_and_lists(self, device, keyed):
        client = keyed(member(device.owner), device.owner)
        facts = {"for_foreign_authority": False, "personal": False}

        made = client.post(PATH, self.body(device, **facts), format="json")

        assert (made.status_code, made.json()["answer"], made.json()["step"]) == (201, "free", 5)
        assert made.json()["articles"] == ["cac16_3"]
        assert client.get(PATH).json()["data"] == [made.json()]
        stranger = organization()
        assert keyed(member(stranger), stranger).get(PATH).json()["data"] == []

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"assets": ["dat_nobody"]}, "/assets"),
            ({"destination": "Germany"}, "/destination"),
            ({"persons": -1}, "/persons"),
            ({"exemption": "holiday"}, "/exemption"),
        ],
    )
    def test_refuses_what_it_cannot_read(self, device, keyed, more, pointer):
        answer = keyed(member(device.owner), device.owner).post(
            PATH, self.body(device, **more), format="json"
        )

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)
        assert not BorderCheck.objects.exists()

    def test_assets_that_one_may_not_know_of_are_none(self, device, keyed):
        stranger = organization()

        assert (
            keyed(member(stranger), stranger).post(PATH, self.body(device), format="json").status_code == 400
        )
