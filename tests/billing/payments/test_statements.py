"""Files of banks: kept as they came, read once, each movement once, and what does not add up is said."""

import json
from datetime import date

import pytest
from django.db import Error, connection, transaction
from django.db.models import Sum

from billing.payments import tasks
from billing.payments.actions import statement_rows, statements
from billing.payments.actions.statements import AccountClosed, DialectInvalid, StatementInvalid
from billing.payments.models import (
    BankAccount,
    BankLine,
    ReconException,
    Statement,
    StatementDialect,
    StatementFile,
    StatementLine,
)
from billing.payments.rules.statements.parsed import MOST_BYTES
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.payments import world
from tests.billing.payments.rules.statements.samples import OVERLAP, PUBLIC, SCENARIO, sample, table
from tests.billing.payments.world import AT
from tests.billing.world import member
from tests.races import Meeting, at_once

desk = once.fixture(world.desk)
HEAD = "日期,借方,贷方,余额"


def take(desk, content, name="bank.csv", **given):
    facts = {"bank_account": desk.account, "name": name, "content": content} | desk.acts() | given
    return statements.take(**facts)


def month(*rows):
    return table("币种：,人民币", HEAD, *rows)


def open_exceptions():
    return list(ReconException.objects.open().values_list("reason", "amount_minor"))


class TestTaking:
    @pytest.mark.parametrize("form", SCENARIO)
    def test_a_month_stands_with_its_raw_lines(self, desk, form):
        file, is_new = take(desk, sample(SCENARIO[form]))

        assert is_new
        assert (file.state, file.format, file.flaws, file.new_lines) == ("READ", form, [], 16)
        kept = StatementFile.objects.get()
        assert bytes(kept.content) == sample(SCENARIO[form])
        found = Statement.objects.get()
        assert (found.opening_minor, found.closing_minor, found.sum_minor) == (50000000, 56614958, 6614958)
        assert found.is_balanced is True
        raw = StatementLine.objects.filter(statement=found)
        assert raw.exclude(bank_line=None).count() == 16
        assert raw.count() == file.lines
        assert BankLine.objects.aggregate(total=Sum("amount_minor"))["total"] == 6614958
        assert open_exceptions() == []
        assert AuditEntry.objects.filter(subject=file.public_id).count() == 2

    def test_the_same_file_again_changes_nothing(self, desk):
        first, _ = take(desk, sample(SCENARIO["TABLE"]))
        again, is_new = take(desk, sample(SCENARIO["TABLE"]), name="another name")

        assert (again.pk, is_new) == (first.pk, False)
        assert BankLine.objects.count() == 16

    def test_an_overlap_adds_nothing_and_keeps_its_raw_lines(self, desk):
        take(desk, sample(SCENARIO["TABLE"]))
        file, _ = take(desk, sample(OVERLAP))

        assert (file.state, file.new_lines) == ("READ", 0)
        assert BankLine.objects.count() == 16
        assert StatementLine.objects.exclude(bank_line=None).count() == 25
        assert open_exceptions() == []

    @pytest.mark.parametrize("first", SCENARIO)
    def test_other_formats_of_the_month_add_nothing(self, desk, first):
        for form in (first, *SCENARIO):
            take(desk, sample(SCENARIO[form]))

        assert BankLine.objects.count() == 16
        assert open_exceptions() == []

    def test_a_file_of_another_account_is_refused_and_kept(self, desk):
        file, _ = take(desk, sample("mt940/mBank-mt940.sta"))

        assert file.state == "REFUSED"
        assert {each["code"] for each in file.flaws} == {"other_account", "account_currency"}
        assert BankLine.objects.count() == 0
        assert StatementLine.objects.count() == 3

    @pytest.mark.parametrize("name", PUBLIC)
    def test_public_files_are_taken_whatever_they_hold(self, desk, name):
        file, _ = take(desk, sample(name))

        assert file.state == "REFUSED"
        assert file.flaws

    @pytest.mark.parametrize(
        ("written", "same"),
        [
            ("31050001SHEBEIZULIN", True),
            ("ICBK/31050001 shebeizulin", True),
            ("3105****ULIN", True),
            ("9", False),
            ("3***", False),
            ("3105****9999", False),
        ],
    )
    def test_our_number_is_known_as_banks_write_it(self, written, same):
        assert statement_rows._is_same(written, "31050001SHEBEIZULIN") is same

    @pytest.mark.parametrize("content", [b"garbage", b"%PDF", b"\xd0\xcf\x11\xe0", b"<OFX><STMTRS>"])
    def test_what_is_no_statement_is_kept_with_the_reason(self, desk, content):
        file, _ = take(desk, content)

        assert file.state in ("REFUSED", "UNMAPPED")
        assert file.flaws[0]["text"]
        assert Statement.objects.count() == 0

    @pytest.mark.parametrize("content", [b"", b"x" * (MOST_BYTES + 1)])
    def test_nothing_and_too_much_are_not_kept(self, desk, content):
        with pytest.raises(StatementInvalid) as refused:
            take(desk, content)

        assert refused.value.flaws
        assert StatementFile.objects.count() == 0

    def test_strangers_and_a_closed_account_are_refused(self, desk):
        stranger = member(desk.owner, Role.FINANCE)
        for given in ({"by": stranger}, {"within": desk.owner, "by": stranger}):
            with pytest.raises(MissingRight):
                take(desk, sample(OVERLAP), **given)
        BankAccount.objects.update(is_open=False)
        desk.account.refresh_from_db()
        with pytest.raises(AccountClosed):
            take(desk, sample(OVERLAP))

        assert StatementFile.objects.count() == 0

    def test_a_large_file_waits_for_the_worker(self, desk, monkeypatch):
        monkeypatch.setattr(statements, "AT_ONCE", 100)
        sent = []
        monkeypatch.setattr(statements, "later", lambda task, **kwargs: sent.append(kwargs))
        file, _ = take(desk, sample(SCENARIO["TABLE"]))
        assert (file.state, sent) == ("TAKEN", [{"file_id": file.pk}])

        for _ in range(2):
            tasks.read_statement(**sent[0])

        file.refresh_from_db()
        assert (file.state, file.new_lines, BankLine.objects.count()) == ("READ", 16, 16)

    @pytest.mark.parametrize("content", [sample(SCENARIO["TABLE"]), b"%PDF"])
    def test_two_workers_read_a_file_once(self, desk, monkeypatch, content):
        monkeypatch.setattr(statements, "AT_ONCE", 0)
        monkeypatch.setattr(statements, "later", lambda task, **kwargs: None)
        file, _ = take(desk, content)
        first, second = StatementFile.objects.get(), StatementFile.objects.get()

        read = statements.read(file=first, by=desk.clock, at=AT)
        assert statements.read(file=second, by=desk.clock, at=AT).state == read.state
        assert AuditEntry.objects.filter(subject=file.public_id, action="statement.read").count() == 1

    def test_a_file_whose_worker_was_lost_is_queued_again(self, desk, monkeypatch):
        file = StatementFile.objects.create(
            bank_account=desk.account, name="a", content=b"x", sha256="0" * 64, taken_by="a", taken_at=AT
        )
        sent = []
        monkeypatch.setattr(tasks.read_statement, "delay", lambda **kwargs: sent.append(kwargs))
        tasks.read_statements()

        assert sent == [{"file_id": file.pk}]


class TestColumns:
    FILE = table("Tag,Betrag,Text", "2026-11-05,5.00,a", "2026-11-06,-2.00,b")
    DOCUMENT = {
        "columns": {"booked_on": ["Tag"], "amount": ["Betrag"], "memo": ["Text"]},
        "sign": "SIGNED",
        "currency": "CNY",
    }

    def map(self, desk, document=DOCUMENT, **given):
        return statements.map_columns(
            **{"bank_account": desk.account, "document": document} | desk.acts() | given
        )

    def test_an_unknown_table_waits_until_somebody_names_its_columns(self, desk, monkeypatch):
        sent = []
        monkeypatch.setattr(statements, "later", lambda task, **kwargs: sent.append(kwargs))
        file, _ = take(desk, self.FILE)
        assert (file.state, file.flaws[0]["code"]) == ("UNMAPPED", "no_columns")

        made = self.map(desk)
        tasks.read_statement(**sent[0])

        file.refresh_from_db()
        assert (made.version, file.state, file.new_lines, file.dialect) == (1, "READ", 2, made)
        assert take(desk, self.FILE + b"\n2026-11-07,1.00,c")[0].new_lines == 1, "the bank is remembered"

    def test_columns_that_read_nothing_can_be_named_again(self, desk):
        self.map(desk, self.DOCUMENT | {"columns": {"booked_on": ["Text"], "amount": ["Betrag"]}})
        file, _ = take(desk, self.FILE)
        assert (file.state, file.flaws[0]["code"], Statement.objects.count()) == ("UNMAPPED", "no_day", 0)

        self.map(desk)

        assert statements.read(file=file, by=desk.first, at=AT).state == "READ"

    def test_the_same_columns_are_the_same_version(self, desk):
        assert self.map(desk).pk == self.map(desk).pk
        assert self.map(desk, self.DOCUMENT | {"sign": "REVERSED"}).version == 2

    def test_columns_against_which_the_balances_speak_are_not_taken(self, desk):
        self.map(
            desk,
            {"columns": {"booked_on": ["日期"], "debit": ["贷方"], "credit": ["借方"], "balance": ["余额"]}},
        )
        file, _ = take(desk, month("20261105,,5,15", "20261106,2,,13", "20261107,,9,22"))

        assert (file.state, BankLine.objects.count()) == ("UNMAPPED", 0)

    @pytest.mark.parametrize("document", [{}, {"columns": {"booked_on": "Tag"}}, {"columns": []}])
    def test_bad_ones_are_refused(self, desk, document):
        with pytest.raises(DialectInvalid) as refused:
            self.map(desk, document)

        assert refused.value.flaws
        assert StatementDialect.objects.count() == 0

    def test_strangers_are_refused(self, desk):
        with pytest.raises(MissingRight):
            self.map(desk, by=member(desk.owner, Role.FINANCE))


class TestWhatDoesNotAddUp:
    def test_an_unbalanced_statement_is_an_exception_and_its_lines_stand(self, desk):
        file, _ = take(desk, month("20261105,,5,15", "20261106,2,,14", "20261107,,1,15"))

        assert (file.state, file.new_lines) == ("READ", 3)
        assert open_exceptions() == [("STATEMENT_UNBALANCED", 100)]

    def test_a_statement_that_cannot_be_read_in_full_is_kept_and_not_booked(self, desk):
        good, bad = ":61:2611021102C3,00NTRFX1\n", ":61:rubbish\n"
        block = ":20:A\n:25:31050001SHEBEIZULIN\n:60F:C261101CNY10,00\n{}:62F:C261102CNY13,00\n"
        file, _ = take(desk, (block.format(good + bad) + block.format(good)).encode())

        assert (file.state, file.new_lines, StatementLine.objects.count()) == ("READ", 1, 3)
        assert [each["code"] for each in file.flaws] == ["no_line"]
        assert open_exceptions() == [("STATEMENT_UNBALANCED", None)]

    def test_a_missing_file_is_a_gap_until_it_comes(self, desk):
        take(desk, month("20261105,,5,15", "20261106,,1,16"))
        take(desk, month("20261110,,1,20"))
        assert open_exceptions() == [("STATEMENT_GAP", 300)]

        take(desk, month("20261107,,4,20", "20261108,1,,19"))

        assert open_exceptions() == []
        assert ReconException.objects.get().resolution == "The missing statement came."

    def test_files_in_any_order_leave_no_gap(self, desk):
        rows = ["20261105,,5,15", "20261106,,1,16", "20261107,2,,14", "20261108,,6,20"]
        for part in (rows[2:], rows[:2], rows[1:3], rows):
            take(desk, month(*part))

        assert BankLine.objects.count() == 4
        assert open_exceptions() == []

    def test_a_day_cut_in_two_has_no_gap_and_loses_nothing(self, desk):
        page = ":20:A\n:25:31050001SHEBEIZULIN\n:60F:C261101CNY{},00\n{}:62F:C261102CNY{},00\n"
        line = ":61:2611021102C3,00NTRFNONREF\n"
        take(desk, page.format(10, line * 2, 16).encode())
        take(desk, page.format(16, line, 19).encode())

        assert BankLine.objects.count() == 3
        assert open_exceptions() == []


class TestForEver:
    def test_what_was_read_is_never_changed(self, desk):
        file, _ = take(desk, sample(SCENARIO["TABLE"]))
        for change in (
            lambda: StatementFile.objects.update(name="x"),
            lambda: StatementFile.objects.update(content=b"x"),
            lambda: file.delete(),
            lambda: Statement.objects.update(closing_minor=0),
            lambda: StatementLine.objects.update(status="x"),
            lambda: BankLine.objects.update(amount_minor=1),
        ):
            with pytest.raises(Error), transaction.atomic():
                change()

    def test_raw_lines_are_what_the_file_has(self, desk):
        take(desk, sample(SCENARIO["MT940"]))
        first = StatementLine.objects.order_by("position").first()

        assert first.raw.startswith(":61:2611051105C9252,00NTRFTX0001\n:86:INV-2026-000101")
        json.dumps(first.raw)
        assert first.bank_line.booked_on == date(2026, 11, 5)
        assert (first.bank_line.kind, first.bank_line.is_reversal) == ("NTRF", False)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_files_that_overlap_add_each_line_once(self, desk, monkeypatch):
        meeting = Meeting()
        looked = statement_rows.known_lines

        def meet(*args):
            found = looked(*args)
            meeting.wait()
            return found

        monkeypatch.setattr(statement_rows, "known_lines", meet)
        results = at_once(
            *(lambda form=form: take(desk, sample(SCENARIO[form])) for form in ("TABLE", "CAMT"))
        )

        assert [file.state for file, _ in results] == ["READ", "READ"]
        assert sorted(file.new_lines for file, _ in results) == [0, 16]
        assert BankLine.objects.count() == 16

    def test_the_same_file_twice_is_kept_once(self, desk):
        results = at_once(*[lambda: take(desk, sample(OVERLAP))] * 2)

        assert sorted(is_new for _, is_new in results) == [False, True]
        assert (StatementFile.objects.count(), BankLine.objects.count()) == (1, 9)
        assert connection.vendor == "postgresql"
