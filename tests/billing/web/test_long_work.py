"""All long work on one page: how far it is, whose it is, its result, and the way to stop it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from billing.models import InvoiceRun
from marketplace.actions import background_jobs, own_data
from marketplace.models import BackgroundJob
from marketplace.models.parties import Role
from marketplace.shared import clock
from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
PAGE = "/background-jobs/"


@once.fixture
def company():
    return make.organization("Works")


@once.fixture
def chief(company):
    return make.member(company)


def sign_in(person, language="en"):
    client = Client(headers={"accept-language": language})
    client.force_login(person)
    return client


def text_of(person, language="en"):
    answer = sign_in(person, language).get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def test_work_that_is_being_done_shows_how_far_it_is_and_who_may_stop_it(company, chief):
    made = own_data.of_organization(organization=company, by=chief, at=clock.now())

    text = text_of(chief)

    assert f'<progress value="0" max="{made.job.total}"' in text and chief.name in text
    assert '<noscript><meta http-equiv="refresh"' in text and "hx-trigger" in text
    stop = reverse("background-job-cancel", args=[made.job.public_id])
    assert stop in text
    assert stop not in text_of(make.member(company, Role.VIEWER))
    sign_in(chief).post(stop)
    text = text_of(chief, "zh-hans")
    with translation.override("zh-hans"):
        assert str(BackgroundJob.Status.CANCELLED.label) in text
    assert stop not in text and "http-equiv" not in text and "hx-trigger" not in text


def test_work_that_is_done_leads_to_its_result_and_stands_in_the_file(company, chief):
    made = own_data.of_organization(organization=company, by=chief, at=clock.now())
    while background_jobs.advance(job=made.job.pk, at=clock.now()):
        continue

    text, file = text_of(chief), sign_in(chief).get(PAGE, {"format": "csv"})

    assert "/your-data/" in text and "<progress" not in text
    assert f",{made.job.total},{made.job.total}," in file.content.decode()


def test_work_that_failed_says_why_and_what_to_do(company, chief):
    made = own_data.of_organization(organization=company, by=chief, at=clock.now())
    background_jobs.fail(job=made.job.pk, code="background_job_lost", at=clock.now())

    assert "Start it again, or tell the platform" in text_of(chief)


def test_what_somebody_has_made_of_oneself_and_work_of_others_stand_on_nobody_elses_page(company, chief):
    of_chief = own_data.of_person(within=company, by=chief, at=clock.now())
    other = make.organization("Other")
    own_data.of_organization(organization=other, by=make.member(other), at=clock.now())

    mine, colleague = text_of(chief), text_of(make.member(company))

    assert of_chief.job.public_id in mine
    assert "/background-jobs/bgj_" not in colleague
    assert mine.count("/background-jobs/bgj_") == 2  # its page, and the button that stops it


def test_invoice_runs_stand_there_for_those_who_read_invoices(company, chief):
    now = clock.now()
    run = InvoiceRun.objects.create(
        organization=company, cut_off=now - timedelta(days=1), looked=2, total=7, maker=chief, made_at=now
    )

    text = text_of(chief)
    assert '<progress value="2" max="7"' in text and run.public_id in text
    assert run.public_id not in text_of(make.member(company, Role.VIEWER))


def test_whoever_has_a_file_made_is_led_to_how_far_it_is(company, chief):
    answer = sign_in(chief).post("/your-data/", {"about": "ORGANIZATION"})

    assert answer["Location"] == reverse("background-job", args=[BackgroundJob.objects.get().public_id])
