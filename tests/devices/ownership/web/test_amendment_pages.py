"""The page of an agreement: its own terms, one click to suspend, proposals and their answers."""

import re
from datetime import UTC, datetime

import pytest

from devices.ownership.actions import agreements
from devices.ownership.models import Agreement, Proposal
from devices.ownership.rules import data_terms
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.wishes import EVERYTHING, LEVELS, NOTHING, PARTIES, USUAL, with_wish
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.terms import RAW, accepted, terms
from tests.factories.marketplace import equipment, member, organization

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
UNREADABLE = {"unknown_right", "interval_not_known", "unknown_cell", "not_words", "changed_twice"}
RAW_WORDS = "出租方对设备状态：可查看每条读数"


def lend(document=data_terms.DEFAULT):
    owner, lessee = organization(), organization()
    return agreements.open(
        equipment=equipment(owner),
        owner=owner,
        lessee=lessee,
        period=Period(START, None),
        reference="lea_1",
        billing_channels=["execution"],
        by=member(owner),
        at=START,
        terms=document,
        accepted=accepted(document, owner, lessee, START),
    )


@once.fixture
def held():
    return lend()


def url(held, *more):
    return "/".join(["/data", held.public_id, *more, ""])


def page(client, side, held, role=Role.ADMIN):
    client.force_login(member(side, role))
    answer = client.get(url(held), headers={"accept-language": "zh-hans"})
    assert answer.status_code == 200
    return answer.content.decode()


def post(client, held, *more, **given):
    answer = client.post(url(held, *more), given, follow=True, headers={"accept-language": "zh-hans"})
    return answer.content.decode()


def propose(client, held, side, level=EVERYTHING, **more):
    client.force_login(member(side))
    return post(
        client, held, "propose", party="owner", category="machine_condition", level=level, note="主轴", **more
    )


def test_the_agreements_own_table_is_shown(client):
    held = lend(terms(RAW))

    shown = page(client, held.lessee, held)

    assert RAW_WORDS in shown
    assert "双方约定的数据权利" in shown
    other = lend()
    assert RAW_WORDS not in page(client, other.owner, other)


def test_the_lessee_suspends_and_resumes_with_one_click(client, held):
    assert "暂停他方读取" not in page(client, held.owner, held)
    assert "暂停他方读取" in page(client, held.lessee, held)

    assert "已暂停" in post(client, held, "suspend")
    assert Agreement.objects.get().is_suspended
    assert "已由承租方暂停" in page(client, held.owner, held)
    page(client, held.lessee, held)
    assert "约定继续执行" in post(client, held, "resume")
    assert not Agreement.objects.get().is_suspended


def test_an_order_is_named_to_both_sides(client, held):
    Agreement.objects.update(ordered_at=START, order="市监函 7 号")

    for side in (held.owner, held.lessee):
        assert "依命令暂停：市监函 7 号" in page(client, side, held)


def test_a_proposal_is_read_and_accepted_by_its_fingerprint(client, held):
    assert "已提出" in propose(client, held, held.owner)
    assert "撤回提议" in page(client, held.owner, held)
    shown = page(client, held.lessee, held)
    assert RAW_WORDS in shown
    assert "主轴" in shown
    proposal = Proposal.objects.get()

    wrong = post(client, held, "proposals", proposal.public_id, "accept", digest="0" * 64)
    assert "这不是该提议的指纹" in wrong
    digest = re.search(r'name="digest" value="([^"]+)"', shown)[1]
    assert "新条款自此刻起生效" in post(
        client, held, "proposals", proposal.public_id, "accept", digest=digest
    )

    assert Agreement.objects.get().version == 2
    assert "第 2 版" in page(client, held.owner, held)


def test_a_proposal_is_refused_or_withdrawn(client, held):
    propose(client, held, held.owner)
    client.force_login(member(held.lessee))
    item = Proposal.objects.get().public_id
    assert "已拒绝" in post(client, held, "proposals", item, "refuse", reason="不需要")

    propose(client, held, held.lessee, NOTHING, covers_earlier="on")
    latest = Proposal.objects.latest("pk")
    assert "已撤回" in post(client, held, "proposals", latest.public_id, "withdraw")
    assert [one.state for one in Proposal.objects.order_by("pk")] == ["REFUSED", "WITHDRAWN"]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"category": "process_parameters"}, "任何合同"),
        ({"party": "nobody"}, "有效的选项"),
        ({"category": ""}, "必填"),
        ({"level": USUAL}, "请提出不同的条款"),
        ({"level": "PT1S"}, "15"),
    ],
)
def test_what_cannot_be_proposed_is_said_with_its_reason(client, held, wish, words):
    client.force_login(member(held.owner))
    given = {"party": "owner", "category": "machine_condition", "level": EVERYTHING} | wish

    assert words in post(client, held, "propose", **given)
    assert not Proposal.objects.exists()


def test_viewers_have_no_buttons(client, held):
    propose(client, held, held.owner)

    for side in (held.owner, held.lessee):
        shown = page(client, side, held, Role.VIEWER)
        assert not [word for word in ("接受提议", "撤回提议", "暂停他方读取") if word in shown]


def test_every_wish_is_terms_that_can_be_read():
    for party in PARTIES:
        for category in matrix().categories:
            for level in LEVELS:
                document = with_wish(terms(RAW), party=party, category=category, level=level)
                unreadable = {
                    "unknown_right",
                    "interval_not_known",
                    "unknown_cell",
                    "not_words",
                    "changed_twice",
                }
                assert not [flaw for flaw in data_terms.flaws(document) if flaw.code in unreadable]
                kept = (party, category) != ("owner", "machine_condition")
                assert (RAW in document["changes"]) is (kept or level == EVERYTHING)


def test_a_proposal_that_is_refused_stands_on_the_page_as_it_was_typed(client, held):
    client.force_login(member(held.owner))
    given = {
        "party": "owner",
        "category": "operator_data",
        "level": EVERYTHING,
        "note": "Bitte",
        "covers_earlier": "on",
    }

    answer = client.post(url(held, "propose"), given, headers={"accept-language": "en"})

    shown = answer.content.decode()
    assert answer.status_code == 400
    assert 'href="#id_level"' in shown
    assert 'value="operator_data" selected' in shown
    assert "Bitte" in shown
    assert 'id="propose" open' in shown
    assert not Proposal.objects.exists()
