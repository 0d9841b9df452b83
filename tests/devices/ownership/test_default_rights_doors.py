"""
Rights that are no reading, cell by cell through the REST doors that exercise them.

``share``: who can open a category to whom; ``erase``: who can have a class of only that category erased;
``hold``, ``process`` and ``operate``: who can have them registered. All expectations are read from the table.
"""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.utils import timezone

from devices.actions import devices
from devices.ownership.models import DataAsset, Duty, Grant
from devices.ownership.rules.defaults import matrix
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, NOON
from tests.devices.ownership import lent
from tests.devices.ownership.lent import keyed, stamp
from tests.devices.ownership.test_default_rights_rest import CELLS, KINDS, NO_CHANNELS, PRIVATE, TABLE
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
START = datetime(2024, 3, 1, tzinfo=UTC)
LENT = Period(START, START + timedelta(days=3))
STREAMS = [name for name in CELLS if name[0] != NO_CHANNELS]
GETTERS = ("owner", "maker", "service_provider")
READS = {"read", "read_aggregate"}
# What the table gives only in a form that no door makes: fields struck out, a place instead of a track.
NO_FORM = {"process_parameters": READS, "location": {"read_aggregate"}}


class World:
    """For each category a machine with one device that says only this, all lent to one lessee."""

    def __init__(self):
        self.parties = {name: make.organization(name) for name in ("owner", "lessee")}
        self.parties |= {name: make.organization(name, kind=kind) for name, kind in KINDS.items()}
        self.parties["platform"] = make.platform()
        self.clients = {name: keyed(make.member(one), one) for name, one in self.parties.items()}
        self.clock = lent.robot(name="tester")
        names = [row["id"] for row in TABLE["categories"] if row["id"] != NO_CHANNELS]
        self.agreements = {category: self.lend(category) for category in names}

    def lend(self, category):
        machine = make.equipment(self.parties["owner"])
        kept = "PRIVATE" if category in PRIVATE else "ORDINARY"
        channel = {
            "key": category,
            "name": category,
            "kind": "GAUGE",
            "category": category,
            "retention": kept,
        }
        device = devices.register(
            owner=self.parties["owner"],
            code=category,
            name=category,
            channels=[channel],
            commissioned_at=EARLY,
            by=self.clock,
            at=NOON,
        )
        devices.bind(device=device, equipment=machine, period=Period(EARLY, None), by=self.clock, at=NOON)
        return lent.agreements.open(
            equipment=machine,
            owner=self.parties["owner"],
            lessee=self.parties["lessee"],
            period=LENT,
            reference=f"lea_{category}"[:30],
            billing_channels=[],
            by=self.clock,
            at=NOON,
        )

    def offer(self, giver, category, recipient, kind, right, purpose):
        now = timezone.now()
        given = {
            "kind": kind,
            "equipment": self.agreements[category].equipment.public_id,
            "agreement": self.agreements[category].public_id,
            "recipient": self.parties[recipient].public_id,
            "categories": [category],
            "right": right,
            "purpose": purpose,
            "generated_from": stamp(LENT.start),
            "generated_to": stamp(LENT.end),
            "readable_from": stamp(now),
            "readable_to": stamp(now + timedelta(days=2)),
            "reference": "JOB-1",
        }
        given |= {"interval": "PT1H"} if right == "read_aggregate" else {}
        return self.clients[giver].post("/api/v1/data-grants/offer/", given, format="json")

    def register(self, party, category, right):
        asset = DataAsset.objects.get(channel__key=category)
        given = {"assets": [asset.public_id], "right": right, "years": 1}
        given |= {"starts_at": stamp(LENT.start), "ends_at": stamp(LENT.end)}
        return self.clients[party].post("/api/v1/data-registrations/", given, format="json")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    yield from lent.worlds(django_db_blocker, World)


def can_be_given(giver, category, recipient):
    """
    Read from the table whether a party can open a category to a recipient at all, in a form there is.

    What a recipient gets by consent, whoever's consent its cell names can give. The lessee can also consent
    to what the owner has anyhow, which gives it nothing.
    """
    cell = CELLS[category, recipient]
    if (giver, recipient) == ("lessee", "owner") and "read" in cell["rights"]:
        return True
    speaks = giver in cell.get("consent_of", "").replace("(job ticket)", "").split()
    gets = set(cell.get("may_get") or READS) - NO_FORM.get(category, set())
    return bool(cell.get("widen") and speaks and gets)


@pytest.mark.parametrize(("category", "party"), STREAMS)
def test_sharing_is_what_the_cells_say(world, category, party):
    opened = set()
    for recipient in GETTERS:
        purposes = sorted(CELLS[category, recipient].get("purposes") or ["maintenance"])[:1]
        ways = product(("LESSEE_CONSENT", "SERVICE_JOB"), ("read", "read_aggregate"), purposes)
        for kind, right, purpose in ways:
            before = Grant.objects.count()
            answer = world.offer(party, category, recipient, kind, right, purpose)
            assert answer.status_code in (201, 400, 403, 404), answer.content
            assert Grant.objects.count() - before == (answer.status_code == 201)
            opened |= {recipient} if answer.status_code == 201 else set()

    assert opened == {one for one in GETTERS if can_be_given(party, category, one)}
    by_job_ticket = (category, party) == ("machine_condition", "owner")
    assert not opened or party == "lessee" or by_job_ticket


def test_whoever_may_share_shares_whatever_has_a_form():
    sharing = {name for name in STREAMS if "share" in CELLS[name]["rights"]}

    assert {party for _category, party in sharing} == {"lessee"}
    for category, party in sharing:
        opens = any(can_be_given(party, category, one) for one in GETTERS)
        assert opens is (category != "process_parameters")


@pytest.mark.parametrize(("category", "party"), STREAMS)
def test_erasing_is_what_the_cell_says(world, category, party):
    agreement = world.agreements[category]
    kept = "PRIVATE" if category in PRIVATE else "ORDINARY"
    answer = world.clients[party].post(
        f"/api/v1/data-agreements/{agreement.public_id}/erasures/", {"retentions": [kept]}, format="json"
    )

    owed = Duty.objects.filter(agreement=agreement, kind="ERASE", asked_at__isnull=False)
    if party == "lessee" and "erase" in CELLS[category, party]["rights"]:
        assert answer.status_code == 202, answer.content
        assert [one.retentions for one in owed] == [[kept]]
        return
    code = {"lessee": "not_yours_to_erase", "owner": "only_lessee_asks"}.get(party)
    assert answer.status_code == (403 if code else 404)
    assert code is None or answer.json()["code"] == code
    assert not owed.exists()


@pytest.mark.parametrize("right", ["hold", "process", "operate"])
@pytest.mark.parametrize(("category", "party"), STREAMS)
def test_registering_is_what_the_cell_says(world, category, party, right):
    answer = world.register(party, category, right)

    if party not in ("lessee", "owner", "platform"):
        told = [(one["pointer"], one["code"]) for one in answer.json()["errors"]]
        assert (answer.status_code, told) == (400, [("/assets/0", "unknown_asset")])
        return
    assert answer.status_code == 201, answer.content
    grounds = [one["ground"] for one in answer.json()["last"]["grounds"]]
    # Of the lessee's time nobody else registers anything, whatever it may do with the data.
    has = party == "lessee" and right in CELLS[category, party]["rights"]
    assert grounds == ([] if has else ["missing_authorization"])


def test_the_table_is_the_one_that_is_enforced():
    for (category, party), cell in CELLS.items():
        assert set(matrix().cell(party, category).rights) == set(cell["rights"])
