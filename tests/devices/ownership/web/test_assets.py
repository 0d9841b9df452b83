"""The register on pages and over REST."""

from datetime import UTC, datetime, timedelta

import pytest

from devices.models import Binding
from devices.ownership.models import Agreement, AgreementVersion, DataAsset, Grant
from tests import once
from tests.devices.machines import lathe
from tests.devices.ownership.terms import DAILY, terms
from tests.factories.marketplace import equipment, member, organization, platform

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PATH = "/api/v1/data-assets/"


class Lent:
    """A lathe that was leased for two days in March, and is not any more."""

    def __init__(self):
        self.owner, self.lessee = organization("Owner"), organization("Lessee")
        self.device, self.machine = lathe(owner=self.owner), equipment(self.owner)
        Binding.objects.create(device=self.device, equipment=self.machine, period=(LONG_AGO, None))
        self.agreement = Agreement.objects.create(
            equipment=self.machine,
            owner=self.owner,
            lessee=self.lessee,
            period=(LONG_AGO + DAY, LONG_AGO + 3 * DAY),
            reference="lea_1",
            billing_channels=["parts"],
            opened_at=LONG_AGO,
        )

    def granted(self, **more):
        """Let a maker read figures of the machine's condition, from long ago on and for ten years."""
        maker = organization("Maker", "MAKER")
        given = {"readable": (LONG_AGO, LONG_AGO + 3650 * DAY), **more}
        return maker, Grant.objects.create(
            kind="LESSEE_CONSENT",
            equipment=self.machine,
            agreement=self.agreement,
            recipient=maker,
            party="maker",
            categories=["machine_condition"],
            right="read_aggregate",
            purpose="warranty",
            interval="PT1H",
            generated=(LONG_AGO, None),
            digest="0" * 64,
            given_at=LONG_AGO,
            given_for=self.lessee,
            given_role="lessee",
            **given,
        )

    def asset(self, key):
        return self.device.assets.get(channel__key=key)

    def at(self, key):
        return f"{PATH}{self.asset(key).public_id}/"


@once.fixture
def lent():
    return Lent()


@pytest.fixture
def ask(keyed):
    def asked(who, path=PATH, **query):
        return keyed(member(who), who).get(path, query)

    return asked


class TestList:
    def test_gives_the_owner_all_and_says_what_it_may_read(self, lent, ask):
        rows = {one["channel"]: one for one in ask(lent.owner).json()["data"]}

        assert set(rows) == {"execution", "parts", "load", "program", None}
        assert all(one["readable"] for one in rows.values())
        assert rows["program"]["grade"] == "L4"
        assert (rows["load"]["place"], rows["load"]["kept_days"], rows["parts"]["kept_years"]) == (
            "CN",
            30,
            30,
        )
        ids = {one["id"] for key, one in rows.items() if key in ("parts", "execution")}
        assert set(rows[None]["derived_from"]) == ids

    def test_a_lessee_of_the_past_knows_of_them_and_reads_nothing_new(self, lent, ask):
        rows = ask(lent.lessee).json()["data"]

        assert len(rows) == 5
        assert {one["readable"] for one in rows} == {False}

    def test_what_one_may_not_know_of_is_not_there(self, lent, ask):
        for kind in ("SME", "MAKER", "SERVICE_PROVIDER"):
            stranger = organization(kind=kind)
            assert ask(stranger).json()["data"] == []
            for more in ("", "rights/", "gradings/"):
                assert ask(stranger, lent.at("load") + more).status_code == 404

    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            ({"category": "machine_condition"}, {"load"}),
            ({"grade": "L4"}, {"program"}),
            ({"readable": "false"}, {"program", "parts", "execution", None}),
            ({"readable": "true", "purpose": "asset_protection"}, {"load", "execution"}),
            ({"readable": "true", "purpose": "billing"}, {"parts", None}),
            ({"machine": "eqp_nobody"}, set()),
        ],
    )
    def test_filters(self, lent, ask, query, keys):
        Agreement.objects.update(period=(LONG_AGO, None))
        if query == {"readable": "false"}:
            query, keys = {"readable": "false"}, {"program"}

        rows = ask(lent.owner, **query).json()["data"]

        assert {one["channel"] for one in rows} == keys

    def test_filters_by_machine_and_device(self, lent, ask):
        lathe(owner=lent.owner)

        assert len(ask(lent.owner).json()["data"]) == 10
        assert len(ask(lent.owner, machine=lent.machine.public_id).json()["data"]) == 5
        assert len(ask(lent.owner, device=lent.device.public_id).json()["data"]) == 5

    def test_tells_the_pace_to_readers_alone(self, lent, ask):
        Agreement.objects.update(period=(LONG_AGO, None))
        DataAsset.objects.update(per_hour=60)

        paces = {one["channel"]: one["at_most_per_hour"] for one in ask(lent.owner).json()["data"]}

        assert (paces["load"], paces["program"]) == (60, None)


class TestRights:
    def rows(self, answer):
        return {(one["party"], one["right"]): one for one in answer.json()["rights"]}

    def test_name_party_source_purposes_interval_and_period(self, lent, ask):
        moment = (LONG_AGO + 2 * DAY).isoformat()

        answer = ask(lent.owner, lent.at("load") + "rights/", at=moment)

        assert answer.json()["from"].startswith("2026-03-02T")
        assert answer.json()["to"].startswith("2026-03-04T")
        assert answer.json()["agreement"] == lent.agreement.public_id
        mine, theirs = (self.rows(answer)[one] for one in (("owner", "read_aggregate"), ("lessee", "read")))
        assert (mine["organization"], mine["interval"], mine["source"]) == (
            lent.owner.public_id,
            "PT15M",
            "lease",
        )
        assert mine["purposes"] == ["asset_protection", "maintenance_planning", "residual_value"]
        assert (theirs["organization"], theirs["purposes"], theirs["basis"]) == (
            lent.lessee.public_id,
            None,
            ["da_4_1", "default_rights"],
        )

    def test_a_lessee_of_the_past_is_told_of_its_own_time(self, lent, ask):
        answer = ask(lent.lessee, lent.at("program") + "rights/")

        assert answer.json()["to"].startswith("2026-03-04T")
        assert ("lessee", "read") in self.rows(answer)
        assert ("owner", "read") not in self.rows(answer)

    def test_of_others_time_only_ones_own(self, lent, ask):
        now = ask(lent.lessee, lent.at("load") + "rights/", at=(LONG_AGO + 9 * DAY).isoformat())

        assert now.json() | {"at": None} == {
            "at": None,
            "from": None,
            "to": None,
            "agreement": None,
            "rights": [],
        }

    def test_of_an_unleased_machine_are_the_owners_own(self, lent, ask):
        rows = self.rows(ask(lent.owner, lent.at("program") + "rights/"))

        assert rows["owner", "read"]["source"] == "own"
        assert ("lessee", "view") not in rows

    def test_by_consent_name_grant_recipient_and_time(self, lent, ask):
        maker, grant = lent.granted()
        moment = (LONG_AGO + 2 * DAY).isoformat()

        rows = self.rows(ask(lent.lessee, lent.at("load") + "rights/", at=moment))

        mine = rows["maker", "read_aggregate"]
        assert (mine["source"], mine["grant"], mine["organization"]) == (
            "consent",
            grant.public_id,
            maker.public_id,
        )
        assert (mine["interval"], mine["purposes"]) == ("PT1H", ["warranty"])
        assert (mine["from"][:10], mine["to"][:10]) == ("2026-03-01", "2036-02-27")
        assert rows["lessee", "read"]["grant"] is None

    @pytest.mark.parametrize("change", [{"withdrawn_at": LONG_AGO}, {"readable": (LONG_AGO, LONG_AGO + DAY)}])
    def test_withdrawn_or_ended_are_not_told(self, lent, ask, change):
        lent.granted(**change)

        rows = self.rows(ask(lent.lessee, lent.at("load") + "rights/", at=(LONG_AGO + 2 * DAY).isoformat()))

        assert ("maker", "read_aggregate") not in rows

    def test_follow_own_terms_suspension_and_competition(self, lent, ask):
        moment = (LONG_AGO + 2 * DAY).isoformat()

        def told():
            return self.rows(ask(lent.owner, lent.at("load") + "rights/", at=moment))

        Agreement.objects.update(competitor=True)
        assert told()["owner", "read_aggregate"]["interval"] == "PT1H"

        document = terms(DAILY)
        AgreementVersion.objects.create(
            agreement=lent.agreement, number=1, terms=document, digest="0" * 64, valid_from=LONG_AGO + DAY
        )
        own = told()["owner", "read_aggregate"]
        assert (own["interval"], own["basis"]) == ("P1D", ["da_4_13", "agreed_rights"])

        Agreement.objects.update(suspended_at=LONG_AGO)
        rows = told()
        assert {right for party, right in rows if party == "owner"} == {"view"}
        assert ("lessee", "read") in rows

    @pytest.mark.parametrize("at", ["yesterday", "2026-03-02T09:00:00", "9999999-01-01"])
    def test_refuse_what_is_no_moment(self, lent, ask, at):
        answer = ask(lent.owner, lent.at("load") + "rights/", at=at)

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"].startswith("/at")


class TestGrading:
    def post(self, keyed, who, lent, **body):
        return keyed(member(who), who).post(lent.at("load") + "gradings/", body, format="json")

    def test_over_rest(self, lent, keyed, ask):
        answer = self.post(keyed, lent.owner, lent, grade="L4", reason="recipe")

        assert (answer.status_code, answer.json()["rule"]) == (201, "decided")
        history = ask(lent.owner, lent.at("load") + "gradings/").json()["data"]
        assert [one["grade"] for one in history] == ["L4", "L2"]
        assert history[0]["within"] == lent.owner.public_id

    def test_is_not_the_lessees(self, lent, keyed):
        answer = self.post(keyed, lent.lessee, lent, grade="L4", reason="mine")

        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours_to_grade")

    def test_on_the_page(self, lent, client):
        client.force_login(member(lent.owner))
        page = f"/data/assets/{lent.asset('load').public_id}/"

        good = client.post(page + "grade/", {"grade": "L4", "reason": "recipe"}, follow=True)
        bad = client.post(page + "grade/", {"grade": "L5", "reason": ""}, follow=True)

        assert "等级已更改" in good.content.decode()
        assert "请说明理由" in bad.content.decode()
        assert lent.asset("load").grade == "L4"


class TestPages:
    def page(self, client, who, path, **query):
        client.force_login(member(who))
        answer = client.get(path, query)
        assert answer.status_code == 200
        return answer.content.decode()

    def test_the_list_filters_by_machine(self, lent, client):
        everything = self.page(client, lent.owner, "/data/assets/")
        nothing = self.page(client, lent.owner, "/data/assets/", grade="L6")

        assert "Program" in everything
        assert lent.machine.name in everything
        assert "没有数据资产" in nothing

    def test_an_asset_says_who_may_do_what_until_when(self, lent, client):
        Agreement.objects.update(period=(LONG_AGO, datetime(2999, 1, 1, tzinfo=UTC)))

        page = self.page(client, lent.owner, f"/data/assets/{lent.asset('load').public_id}/")

        assert "15 分钟" in page
        assert "《欧盟数据法》" in page or "数据法" in page
        assert "Lessee" in page
        assert "2999" in page

    def test_a_right_by_consent_leads_to_its_grant(self, lent, client):
        Agreement.objects.update(period=(LONG_AGO, None))
        _, grant = lent.granted()

        page = self.page(client, lent.lessee, f"/data/assets/{lent.asset('load').public_id}/")

        assert f"/data-grants/{grant.public_id}/" in page
        assert "Maker" in page
        assert "2036" in page

    def test_usage_leads_to_what_it_is_derived_from_and_back(self, lent, client):
        usage = lent.device.assets.get(kind="USAGE")

        assert lent.asset("parts").public_id in self.page(
            client, lent.owner, f"/data/assets/{usage.public_id}/"
        )
        assert usage.public_id in self.page(
            client, lent.owner, f"/data/assets/{lent.asset('parts').public_id}/"
        )

    def test_a_lessee_of_the_past_sees_its_own_time_and_no_form(self, lent, client):
        page = self.page(client, lent.lessee, f"/data/assets/{lent.asset('load').public_id}/")

        assert "Lessee" in page
        assert "data-asset-grade" not in page and "/grade/" not in page

    def test_the_pace_is_told_to_who_may_read_what_is_said_now(self, lent, client):
        DataAsset.objects.update(per_hour=60)
        address = f"/data/assets/{lent.asset('load').public_id}/"

        assert "每小时最多 60 条读数" in self.page(client, lent.owner, address)
        assert "每小时最多" not in self.page(client, lent.lessee, address)

    def test_the_platform_grades(self, lent, client):
        assert "/grade/" in self.page(client, platform(), f"/data/assets/{lent.asset('load').public_id}/")

    def test_strangers_find_nothing(self, lent, client):
        client.force_login(member(organization()))

        assert client.get(f"/data/assets/{lent.asset('load').public_id}/").status_code == 404
