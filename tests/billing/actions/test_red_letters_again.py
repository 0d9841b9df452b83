"""Red letters over a blue e-invoice that has room again, and notes with records from before."""

from dataclasses import replace
from importlib import import_module

import pytest
from django.db import connection

from billing.actions import red_letters
from billing.models import RedLetter, TaxInvoice
from billing.queries import note_papers
from billing.queries import tax as queries
from billing.queries.tax import next_step
from billing.rules.red_letters import Next, Use
from billing.rules.tax_invoices import Kind
from tests import once
from tests.billing.actions.test_red_letters import now
from tests.billing.red_papers import AT, BLUE, DAY, NEXT, OWN, RED, build

MIGRATION = import_module("billing.migrations.0019_red_letters")
THIRD = "32059426111000000003"
papers = once.fixture(build)


@once.fixture
def blue(papers):
    return papers.blue()


class TestRoomAgain:
    """Blue 100.00 and 50.00 of a debit note; one note takes 80.00 of the first, the next 20.00 and 20.00."""

    @pytest.fixture
    def own(self, papers, blue):
        return papers.blue(papers.note(5_000, 650), OWN)

    @pytest.fixture
    def second(self, papers, blue, own):
        red_letters.say_use(tax_invoice=blue, use=Use.DEDUCTED, at=AT, **papers.who("buyer"))
        first, second = papers.note(-8_000, -1_040), papers.note(-4_000, -520)
        given_up = papers.apply(first)
        papers.apply(second, number=NEXT)
        red_letters.refuse(letter=given_up, why="no", at=AT, **papers.who("buyer"))
        return second

    def test_the_rest_goes_to_the_next_blue(self, papers, blue, own, second):
        rest = papers.apply(second, number=THIRD)

        assert (rest.blue, rest.net_minor, rest.tax_minor) == (own, -2_000, -260)
        assert note_papers(second).parts == []

    def test_a_second_letter_over_the_same_blue_is_refused(self, papers, blue, second, monkeypatch):
        offered = replace(note_papers(second), parts=[(blue, note_papers(second).parts[0][1])])
        monkeypatch.setattr(red_letters, "note_papers", lambda note: offered)

        with pytest.raises(red_letters.RedLetterTwice) as caught:
            papers.apply(second, number=THIRD)

        assert caught.value.facts == {"number": NEXT}
        assert not RedLetter.objects.filter(number=THIRD).exists()


class TestRecordsFromBefore:
    """A note of -11.30 with a record of its own, made when there were no red letters."""

    @pytest.fixture
    def note(self, papers, blue):
        note = papers.note(-1_000, -130)
        face = queries._face(note, Kind.SPECIAL, [queries._tax_item(one) for one in note.lines.all()])
        given = replace(face, number=RED, issued_on=DAY)
        sums = {"net_minor": given.net_minor, "tax_minor": given.tax_minor}
        who = {"organization": papers.scene.lessor, "recorded_by": "x", "recorded_by_name": "x"}
        now()
        sql("ALTER TABLE billing_taxinvoice DISABLE TRIGGER billing_taxinvoice_fits")
        TaxInvoice.objects.create(
            invoice=note, kind=Kind.SPECIAL, number=RED, issued_on=DAY, face=given.dump(), recorded_at=AT,
            **sums, **who,
        )  # fmt: skip
        now()
        sql("ALTER TABLE billing_taxinvoice ENABLE TRIGGER billing_taxinvoice_fits")
        sql(MIGRATION.THROUGH_OF_NOTES)
        sql("SET CONSTRAINTS ALL DEFERRED")
        return note

    def test_are_through_their_note_and_stay_as_they_are_from_then_on(self, note):
        assert dict(TaxInvoice.objects.values_list("number", "through")) == {BLUE: 1, RED: 2}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_trigger WHERE tgname ~ '^billing_taxinvoice_' AND tgenabled <> 'O'"
            )
            assert cursor.fetchone() == (0,)

    def test_need_no_red_letter(self, papers, note):
        found = note_papers(note)

        assert (found.parts, found.beyond) == ([], {})
        assert next_step(note, found, papers.scene.lessor) is Next.DONE
        with pytest.raises(red_letters.NothingToRedLetter):
            papers.apply(note)
        assert not RedLetter.objects.exists()

    def test_are_no_blue_e_invoices(self, papers, blue, note):
        own = papers.blue(papers.note(2_000, 260), OWN)
        later = papers.note(-11_000, -1_430)

        parts = [(one, [left.net_minor for left in part.values()]) for one, part in note_papers(later).parts]

        assert parts == [(blue, [-10_000]), (own, [-1_000])]
        assert papers.apply(later).blue == blue


def sql(text):
    with connection.cursor() as cursor:
        cursor.execute(text)
