"""One move of a red letter: its state, its history, the audit entry, and the word to the other side."""

from datetime import datetime

from django.utils.translation import gettext_noop

from billing.actions import subjects
from billing.models import Invoice, RedLetter, RedLetterMove, TaxInvoice
from billing.rules.red_letters import STEPS, Move, State
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.models import Organization, User
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotPossible
from marketplace.shared.money import format_money

TOLD = {
    Move.CONFIRM: Kind.RED_LETTER_CONFIRMED,
    Move.REFUSE: Kind.RED_LETTER_REFUSED,
    Move.REVOKE: Kind.RED_LETTER_REVOKED,
    Move.LAPSE: Kind.RED_LETTER_LAPSED,
}


class RedLetterElsewhere(NotPossible):
    """It does not stand where this move begins."""

    code = "red_letter_elsewhere"
    text = gettext_noop("This red letter is closed or decided already ({state}). Load the page again.")


def locked(*, invoice: Invoice) -> Invoice:
    """Lock lease or booking, then the invoice and the official e-invoices of its series, as all do."""
    subjects.lock(invoice=invoice)
    found = Invoice.objects.locked().select_related("seller", "buyer", "lease", "booking").get(pk=invoice.pk)
    keys = {f"invoice__{name}": value for name, value in found.series.items()}
    list(TaxInvoice.objects.standing().filter(**keys).locked())
    return found


def begin(*, letter: RedLetter, by: User, at: datetime, why: str) -> None:
    """Write the application down, and tell the other side what to do next."""
    _write(letter, Move.APPLY, letter.applicant, by, at, why)
    asks = letter.state == RedLetter.State.AWAITING
    told = Kind.RED_LETTER_TO_CONFIRM if asks else Kind.RED_LETTER_APPLIED
    _tell(letter, told, [letter.other], letter.applicant.name, at)


def step(
    *, letter: RedLetter, move: Move, within: Organization | None, by: User, at: datetime, why: str = ""
) -> RedLetter:
    """
    Make a move; whose it is was asked before.

    :raises RedLetterElsewhere: if the table has no such move from where it stands
    """
    if State(letter.state) not in STEPS[move].sources:
        raise RedLetterElsewhere(state=letter.get_state_display())
    letter.state = STEPS[move].target
    letter.save(update_fields=["state"])
    _write(letter, move, within, by, at, why)
    if move in TOLD:
        others = [one for one in (letter.note.seller, letter.note.buyer) if one != within]
        _tell(letter, TOLD[move], others, within.name if within else "", at)
    return letter


def _tell(letter: RedLetter, kind: Kind, to: list[Organization], who: str, at: datetime) -> None:
    """Tell organizations of a red letter."""
    facts = {
        "who": who,
        "number": letter.number,
        "note": str(letter.note.number),
        "blue": letter.blue.number,
        "amount": format_money(-letter.gross),
        "until_at": letter.lapses_at.isoformat() if letter.lapses_at else "",
    }
    link = f"/invoices/{letter.note.public_id}/official/"
    notify(kind=kind, to=to, facts={name: text for name, text in facts.items() if text}, at=at, link=link)


def _write(
    letter: RedLetter, move: Move, within: Organization | None, by: User, at: datetime, why: str
) -> None:
    RedLetterMove.objects.create(
        letter=letter,
        move=move,
        state=letter.state,
        why=why,
        organization=within,
        by=by.public_id,
        by_name=by.name,
        at=at,
    )
    audit.record(
        by=by,
        action=f"red_letter.{move.lower()}",
        subject=letter.public_id,
        at=at,
        within=within or letter.note.seller,
        note=letter.note.public_id,
        number=letter.number,
        state=str(letter.state),
    )
