"""Tables as files, page by page: what the page shows, to whom it shows it; a list that is cut says so."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from python_calamine import CalamineWorkbook

from devices.ownership.models import LoggedPerson
from leasing.actions import insurance
from leasing.rules.insurance import Kind as Cover
from leasing.rules.insurance import Policy
from marketplace.actions import equipment_records
from marketplace.gateway import files
from marketplace.models import Notification
from marketplace.rules.equipment_records import Kind, Result, Written
from tests import doors
from tests.factories import marketplace as make
from tests.test_doors import PAGES, address

pytestmark = pytest.mark.django_db
# Who opens a page, the first heading of its file, a cell that stands there, and a number.
FILES = {
    "data-agreements": ("lessee", "设备", "出租方", None),
    "data-agreement": ("lessee", "时间", "平台", None),
    "data-log": ("lessor", "时间", "允许", None),
    "data-duties": ("lessee", "设备", "逾期", None),
    "data-persons": ("lessee", "人员", "Reader", "2026"),
    "data-products": ("lessor", "产品", "在售", "100.01"),
    "data-registrations": ("platform", "编号", "数据使用权", None),
    "data-borders": ("lessor", "时间", "Mutterhaus GmbH", None),
    "device-limits": ("lessor", "测量值", "mm/s", None),
    "equipment-records": ("lessor", "记录", "CAL-1", None),
    "lease-equipment-records": ("lessor", "记录", "CAL-1", None),
    "equipment-insurance": ("lessor", "保险单", "PICC", "12345.67"),
    "lease-insurance": ("lessee", "保险单", "PICC", "12345.67"),
    "fund": ("lessor", "账单", "10.89", "10.89"),
    "imports": ("lessor", "文件", "是", "1"),
    "loan-products": ("lessee", "贷款", "Bank", "6"),
    "match-board": ("platform", "入账日期", "付款人不明", "3.00"),
    "subsidy": ("lessee", "账单", "326.71", "326.71"),
    "webhook": ("lessee", "经过", "仅为测试", "0"),
}
INSIDE = {  # tables beside the first one, for those who see them
    ("data-duties", "payments"): ("lessee", "用途", "300.00"),
    ("checks", "rules"): ("platform", "规则", None),
    ("subsidy", "settlements"): ("platform", "月份", "326.71"),
    ("subsidy", "admissions"): ("platform", "企业", None),
}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for all pages; it is put away at the end by a rollback."""
    block = transaction.atomic()
    block._from_testcase = True  # as Django's own test cases do: what must be durable may run inside
    with django_db_blocker.unblock(), block:
        made = doors.build()
        fill(made.scene)
        yield made
        transaction.set_rollback(True)


def fill(scene):
    """Let the machine be calibrated and insured, and somebody of the lessee have read its data."""
    machine, given = scene.unit.equipment, {"by": scene.owner, "at": doors.AFTER}
    done = {"done_at": doors.AFTER - timedelta(days=20), "done_by": "Lab", "reference": "CAL-1"}
    until = doors.AFTER + timedelta(days=100)
    sheet = Written(kind=Kind.CALIBRATION, result=Result.PASSED, valid_until=until, **done)
    equipment_records.add(equipment=machine, given=sheet, **given)
    span = {"starts_at": doors.AFTER - timedelta(days=60), "ends_at": doors.AFTER + timedelta(days=305)}
    policy = Policy(kind=Cover.PROPERTY, insurer="PICC", number="P-1", sum_minor=1_234_567, **span)
    insurance.add(equipment=machine, given=policy, **given)
    reader = make.user(name="Reader")
    LoggedPerson.objects.known(reader, scene.lessee.public_id, doors.AFTER)


def sign_in(world, who):
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(world.people[who])
    return client


def table(client, url, **asked):
    """Return the heading and the rows of a table as CSV; the same stand in the spreadsheet."""
    text = client.get(url, {"format": "csv", **asked})
    book = client.get(url, {"format": "xlsx", **asked})
    assert (text.status_code, book.status_code) == (200, 200)
    head, *rows = csv.reader(io.StringIO(text.content.decode("utf-8-sig")))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert (sheet[0], len(sheet) - 1) == (head, len(rows))
    return head, rows, sheet[1:]


@pytest.mark.parametrize("name", FILES)
def test_a_page_of_a_table_hands_it_out_as_a_file_in_the_words_of_the_page(world, name):
    who, first, said, number = FILES[name]
    url, client = address(world, name, PAGES[name][0]), sign_in(world, who)

    head, rows, cells = table(client, url)

    assert head[0] == first
    assert 'class="exports"' in client.get(url).content.decode()
    assert any(said in row for row in rows), rows
    if number is not None:
        assert any(number in row for row in rows), rows
        assert any(float(number) in row for row in cells), "numbers are numbers"
    assert client.get(url, {"format": "doc"}).status_code == 400


@pytest.mark.parametrize(("name", "part"), INSIDE)
def test_tables_beside_the_first_one_have_files_of_their_own(world, name, part):
    who, first, number = INSIDE[name, part]
    url = address(world, name, PAGES[name][0])

    head, rows, _cells = table(sign_in(world, who), url, table=part)

    assert head[0] == first and rows
    assert number is None or any(number in row for row in rows)


@pytest.mark.parametrize("name", [one for one in FILES if PAGES[one][0]])
def test_a_stranger_gets_no_file_of_what_it_cannot_open(world, name):
    url, stranger = address(world, name, PAGES[name][0]), sign_in(world, "stranger")

    page, file = stranger.get(url), stranger.get(url, {"format": "csv"})

    assert file.status_code == page.status_code
    if page.status_code == 200:  # such as a fund, which everybody may join: nobody's rows but one's own
        assert len(file.content.decode().splitlines()) == 1


def test_the_settlements_of_a_programme_are_its_operators(world):
    url = address(world, "subsidy", "subsidy")

    head, rows, _cells = table(sign_in(world, "stranger"), url, table="settlements")

    assert (head[0], rows) == ("账单", [])  # the first table, of which a stranger has nothing


def test_a_file_keeps_the_filter_of_its_page(world):
    client, url = sign_in(world, "lessee"), address(world, "data-log", None)

    everything, refused = table(client, url)[1], table(client, url, only="refused")[1]

    assert len(refused) < len(everything)


def test_a_file_that_is_cut_says_so_in_its_last_line_and_so_does_the_page(world, monkeypatch):
    found = Notification.objects.order_by("pk")
    told = files.list_answer("csv", "told", ["编号"], found, lambda one: [one.pk], most=2)
    whole = files.list_answer("csv", "told", ["编号"], found[:2], lambda one: [one.pk], most=2)

    rows = told.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 4 and "2" in rows[-1] and not rows[-1].isdecimal()
    assert len(whole.content.decode().splitlines()) == 3

    client, url = sign_in(world, "lessee"), address(world, "data-log", None)
    assert "每个文件最多" not in client.get(url).content.decode()
    monkeypatch.setattr("marketplace.templatetags.panels.MOST_ROWS", 1)
    assert "每个文件最多 1 行" in client.get(url).content.decode()
