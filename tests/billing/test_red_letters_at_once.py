"""Two red letters over one blue e-invoice at the same time: what is left of it is given away once."""

from threading import Lock

import pytest
from django.db import IntegrityError

from billing.actions import red_letters
from billing.models import Invoice, RedLetter, RedLetterMove
from tests.billing.red_papers import LETTER, NEXT, build
from tests.billing.test_two_at_once import both
from tests.races import Meeting


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_the_second_finds_no_room(monkeypatch, guarded):
    """Blue 113.00, credits of 101.70 and 22.60. Without the locks the database alone refuses the second."""
    papers, look, met = build(), red_letters.note_papers, Meeting()
    papers.blue()
    papers.note(2_000, 260)
    notes = {LETTER: papers.note(-9_000, -1_170), NEXT: papers.note(-2_000, -260)}
    waiting, turn = list(notes.items()), Lock()

    def meet(note):
        found = look(note)
        met.wait()
        return found

    def apply():
        with turn:
            number, note = waiting.pop()
        try:
            papers.apply(note, number=number)
        except red_letters.BeyondTheBlue:
            return "no room"
        except IntegrityError:
            return "refused by the database"
        return "done"

    monkeypatch.setattr(red_letters, "note_papers", meet)
    if not guarded:
        whole = Invoice.objects.select_related("seller", "buyer", "lease")
        monkeypatch.setattr(red_letters, "locked", lambda *, invoice: whole.get(pk=invoice.pk))

    assert sorted(both(apply)) == ["done", "no room" if guarded else "refused by the database"]
    assert RedLetter.objects.count() == RedLetterMove.objects.count() == 1
