"""Records as PDF files: they say all that was written and said, and nothing that depends on who looks."""

import io
from dataclasses import replace

import pypdf
import pytest
from django.urls import reverse
from django.utils import translation
from rest_framework.test import APIClient

from leasing.actions import answers, inspections, photos
from leasing.gateway import papers
from leasing.models import ConditionRecord
from leasing.rules.condition import Kind, Result, Shot
from leasing.rules.inspections import Finding, FindingKind
from leasing.rules.returns import DataWipe, Wipe
from marketplace.models import Organization
from tests import once
from tests.factories.leasing import picture
from tests.leasing.actions.test_referrals import ASKED, DECIDED, Scene
from tests.leasing.test_contract_papers import read


@once.fixture
def scene(world):
    return Scene(world)


def fresh(record):
    return ConditionRecord.objects.with_answers().get(pk=record.pk)


def text_of(record):
    return read(papers.record_pdf(fresh(record)))


def missing(text, *parts):
    return [part for part in parts if part.replace(" ", "") not in text.replace(" ", "")]


def test_a_hand_over_says_what_was_seen_read_and_confirmed(scene):
    record = scene.way.record(Kind.HANDOVER)

    said = text_of(record)

    assert not missing(said, "交接记录", scene.way.lease.number, scene.world.lessor.name, "VMC-1", "120")
    assert not missing(said, "附件：vice", "未进行", scene.world.buyer.name, "已确认", record.digest)
    assert "归还" not in said


def test_a_return_says_what_differs_what_was_objected_and_what_the_platform_decided(scene):
    record = scene.written(scene.world.lessee)
    before = text_of(record)
    scene.decided(record, True)

    said = text_of(record)

    assert not missing(before, "归还记录", "480", "已清除", "使用结束", "无。", "No")
    assert not missing(said, "平台", "judge", "裁定：该记录成立", "See for yourself")
    assert "裁定" not in before


def test_a_return_says_what_is_not_wiped_what_is_missing_and_that_it_is_late(scene):
    late = scene.way.unit.claim.period.upper
    wipe = DataWipe(Wipe.NOT_WIPED, "Panel is dead")
    at = late + (DECIDED - ASKED)
    who = {"by": scene.world.owner, "within": scene.world.lessor, "at": at}
    shot = photos.take(lease=scene.way.lease, data=picture(), **who)
    given = {"accessories": {"vice": 1, "chuck": 1}, "note": "Dusty"}
    shots = (Shot(shot.public_id, "", "axes"),)
    record = scene.way.back(at=at, wipe=wipe, photos=shots, **given)

    said = text_of(record)
    no_end = fresh(record)
    no_end.document["due_back_at"] = None

    assert "应归还" not in read(papers.record_pdf(no_end))
    assert not missing(said, "应归还", "未清除；Panel is dead", "vice：交出 2，归还 1", "逾期归还")
    assert not missing(said, "Dusty", "尚无意见", "照片及其指纹", shot.sha256)


@pytest.mark.parametrize("found", [True, False])
def test_an_inspection_says_what_was_found_and_who_bears_it(scene, found):
    scene.written(scene.world.lessor, objects=False)
    given, findings = scene.way.given(ASKED, readings=()), []
    if found:
        fault = {"result": Result.FAULT, "text": "Dent"}
        seen = tuple(replace(one, **fault) if one.item == "axes" else one for one in given.checklist)
        given = replace(given, checklist=seen)
        findings = [Finding("axes", FindingKind.DAMAGE, "Dent in the slide", 400_000, 75)]
    inspections.inspect(lease=scene.way.lease, given=given, findings=findings, by=scene.world.owner, at=ASKED)

    said = text_of(scene.way.record(Kind.INSPECTION))

    expected = ["Dent in the slide", "¥4,000.00", "¥3,000.00", "¥1,000.00"] if found else ["无。"]
    assert not missing(said, "验收记录", *expected)


def test_is_the_same_to_the_byte_whoever_asks_and_however_a_side_is_called_now(scene, client):
    record = scene.written(scene.world.lessee)
    with translation.override("en"):
        english = papers.record_pdf(fresh(record))
    Organization.objects.filter(pk=scene.world.lessee.pk).update(name="Another name")
    path = reverse("record-file", args=[record.public_id])
    rest = f"/api/v1/leases/{scene.way.lease.public_id}/records/{record.public_id}/pdf/"
    for person, status in ((scene.world.owner, 200), (scene.world.guest, 200), (scene.world.outsider, 404)):
        client.force_login(person)
        page, api = client.get(path), APIClient()
        api.force_login(person)
        answer = api.get(rest)
        assert (page.status_code, answer.status_code) == (status, status)
        if status == 200:
            assert page.content == answer.content == english
            assert "attachment" in answer["Content-Disposition"]


def test_says_when_the_record_was_made(scene):
    record = scene.way.record(Kind.HANDOVER)
    reader = pypdf.PdfReader(io.BytesIO(papers.record_pdf(record)))
    assert reader.metadata.creation_date == record.made_at


def test_shows_a_hostile_reason_as_it_is(scene):
    record = scene.written(scene.world.lessor, objects=False)
    reason = '#import "@preview/x:1.0.0": * \\u{4e00}'
    given = {"digest": record.digest, "by": scene.world.buyer, "at": ASKED}
    answers.object_to(record=record, reason=reason, **given)
    assert not missing(text_of(record), reason)
