"""Taking in many machines on pages: the form, what was tried, what came of it, in both languages."""

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config.demo import imports as demo
from marketplace.actions import background_jobs
from marketplace.models import BackgroundJob, Equipment, Import
from tests import once, spreadsheets
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
PAGE = "/imports/"
HEAD = "场地\t设备类别\t制造商\t型号\t序列号\t规格\t计价方式\t单价\t上架"
SPECS = "轴数=5;行程X=0.65 m;行程Y=520;行程Z=475;主轴转速=18000;数控系统=FANUC"


def line(number, price="128"):
    return f"Hall 1\t加工中心\tDMG\tDMU 50\tSN-{number}\t{SPECS}\t小时\t{price}\t是"


@once.fixture
def owner():
    made = make.organization()
    make.category()
    make.site(made, name="Hall 1")
    return made


@once.fixture
def admin(owner):
    return make.member(owner)


@pytest.fixture
def browser(admin, client):
    client.force_login(admin)
    return client


def work():
    for job in BackgroundJob.objects.open():
        while background_jobs.advance(job=job.pk, at=NOON):
            continue


def pasted(browser, *lines):
    """Paste cells, and let the worker try them; return the page of what was tried."""
    answer = browser.post(PAGE, {"pasted": "\n".join([HEAD, *lines])})
    assert answer.status_code == 302, answer.content.decode()
    work()
    return answer["Location"]


def text_of(answer):
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_what_was_pasted_is_tried_seen_and_taken_in(browser):
    page = pasted(browser, line(1), line(2, price="贵"), line(3))
    tried = text_of(browser.get(page))
    assert "尚未保存" in tried and "单价" in tried and not Equipment.objects.exists()

    assert browser.post(f"{page}run/", {"mode": "reject_failed_rows"})["Location"] == page
    waiting = text_of(browser.get(page))
    assert "<progress" in waiting and 'http-equiv="refresh"' in waiting and "every 1s" in waiting
    work()
    done = text_of(browser.get(page))
    assert Equipment.objects.count() == 2 and "<progress" not in done and "/listings/lst_" in done
    again = browser.post(f"{page}run/", {"mode": "reject_failed_rows"})
    assert again["Location"] == page and BackgroundJob.objects.count() == 2


def test_all_rows_are_taken_in_when_none_is_wrong(browser):
    page = pasted(browser, line(1), line(2))
    browser.post(f"{page}run/", {"mode": "nonsense"})
    work()

    assert Import.objects.get().mode == "reject_all" and Equipment.objects.count() == 2
    assert page in text_of(browser.get(PAGE))


def test_rows_to_mend_are_downloaded(browser):
    page = pasted(browser, line(1, price="x"))

    heads, row = spreadsheets.cells(browser.get(f"{page}rejected/"))
    assert heads[-1] == "错误原因" and row[-2:] != ["", ""] and "单价" in row[-1]


def test_rows_of_json_are_downloaded_as_json(browser):
    rows = b'[{"site": "Hall 1", "category": "x", "maker": "m", "model": "m", "serial": "1"}]'
    answer = browser.post(PAGE, {"file": SimpleUploadedFile("../a/m.json", rows)})
    work()

    found = Import.objects.get()
    assert found.name == "m.json"
    assert browser.get(f"{answer['Location']}rejected/").json()["rows"][0]["errors"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"pasted": "   "},
        {"pasted": "a\tb\n1\t2"},
        {"pasted": HEAD},
        {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04")},
        {"file": SimpleUploadedFile("x.csv", b"a"), "pasted": HEAD},
    ],
)
def test_what_cannot_be_read_is_said_at_the_form(browser, given):
    answer = browser.post(PAGE, given)

    assert answer.status_code == 400 and not Import.objects.exists()
    assert 'class="errors' in answer.content.decode() or "error" in answer.content.decode()


def test_the_template_in_both_forms(browser):
    heads, example = spreadsheets.cells(browser.get(f"{PAGE}template/"))
    assert heads[0] == "场地 Site" and example[0].startswith("示例")
    assert spreadsheets.opened(browser.get(f"{PAGE}template/?format=xlsx"))[0][0] == "场地 Site"


def test_a_job_has_a_page_of_its_own(browser):
    answer = browser.post(PAGE, {"pasted": f"{HEAD}\n{line(1)}"})
    job = BackgroundJob.objects.get()
    page = f"/background-jobs/{job.public_id}/"

    assert "<progress" in text_of(browser.get(page, headers={"accept-language": "en"}))
    for _ in range(2):
        assert browser.post(f"{page}cancel/")["Location"] == answer["Location"]
    assert answer["Location"] in text_of(browser.get(page))
    assert job.public_id in text_of(browser.get(answer["Location"]))
    assert "Stopped" in text_of(browser.get(page, headers={"accept-language": "en"}))


def test_the_demonstration_has_a_file_with_rows_to_mend(browser, owner, admin):
    demo.begin(SimpleNamespace(organizations={"yuanlan": owner}, admins={"yuanlan": admin}), NOON)

    found = Import.objects.get()
    assert (found.counts()["CREATED"], found.counts()["REFUSED"]) == (1, 2) and found.ran_at == NOON
    page = f"{PAGE}{found.public_id}/"
    assert f"{page}rejected/" in text_of(browser.get(page))


def test_others_see_nothing_and_viewers_take_nothing_in(browser, owner, client):
    page = pasted(browser, line(1))
    job = BackgroundJob.objects.get()
    client.force_login(make.member(make.organization()))
    for address in (page, f"{page}rejected/", f"/background-jobs/{job.public_id}/"):
        assert client.get(address).status_code == 404
    assert client.post(f"{page}run/").status_code == 404
    client.force_login(make.member(owner, "VIEWER"))
    assert "<textarea" not in text_of(client.get(PAGE)) and page in text_of(client.get(PAGE))
    assert client.post(PAGE, {"pasted": f"{HEAD}\n{line(1)}"}).status_code == 403
    assert client.post(f"{page}run/").status_code == 403


def test_a_file_with_more_than_one_fault_is_told_at_its_field(browser):
    wrong = SimpleUploadedFile("f.csv", b"Serial,Colour,Serial,Shade\nA,red,B,dark\n")
    answer = browser.post(PAGE, {"file": wrong})

    assert answer.status_code == 400
    assert "#id_file" in answer.content.decode()
    assert not Import.objects.exists()
