"""What the page of a note says of its red letters: what is missing, what is under way, and the next step."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from billing.models import Invoice, RedLetter, TaxInvoice, TaxInvoiceUse
from billing.queries import next_step, note_papers
from billing.rules import red_letters as rules
from billing.rules.red_letters import NEXT, Move, Next, Side, State, Sums, Use
from billing.rules.tax_invoices import percent
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared.money import Money


def note_context(request: HttpRequest, note: Invoice) -> dict[str, Any]:
    """Return what the page shows of a note in yuan that is issued."""
    papers, acting = note_papers(note), acting_organization(request)
    side = side_of(note, acting, request.user)  # type: ignore[arg-type]
    found = next_step(note, papers, acting)
    return {
        "papers": papers,
        "next": _(NEXT[found]),
        "is_done": found in (Next.DONE, Next.NETTED),
        "letters": [_letter(one, acting, may=side is not None) for one in papers.letters],
        "parts": [_part(blue, sums) for blue, sums in papers.parts],
        "beyond": _rates(papers.beyond),
        "rising": _rates(papers.rising),
        "may_apply": found is not Next.BEYOND and bool(papers.parts) and _may(papers.parts[0][0], side),
        "reasons": RedLetter.Reason.choices,
    }


def side_of(invoice: Invoice, acting: Organization, user: User) -> Side | None:
    """Return the side for which a reader may act on official e-invoices, if any."""
    if not allowed(user, Permission.INVOICE_RUN, within=acting):
        return None
    return {invoice.seller_id: Side.SELLER, invoice.buyer_id: Side.BUYER}.get(acting.pk)


def use_context(request: HttpRequest, invoice: Invoice, standing: TaxInvoice | None) -> dict[str, Any]:
    """Return what the page shows of the use of a blue e-invoice."""
    if standing is None or standing.red_letter_id is not None:
        return {}
    side = side_of(invoice, acting_organization(request), request.user)  # type: ignore[arg-type]
    choices = [one for one in TaxInvoiceUse.Use.choices if side is Side.BUYER or one[0] != Use.NONE]
    return {"uses": choices if side else [], "reds": list(standing.red_letters.open().order_by("pk"))}


def _letter(one: RedLetter, acting: Organization, *, may: bool) -> dict[str, Any]:
    moves = rules.moves_of(State(one.state), is_applicant=acting.pk == one.applicant_id) if may else ()
    names = {
        Move.CONFIRM: _("Confirm"),
        Move.REFUSE: _("Refuse"),
        Move.REVOKE: _("Revoke it"),
    }
    return {
        "letter": one,
        "net": Money(one.net_minor, "CNY"),
        "tax": Money(one.tax_minor, "CNY"),
        "applicant": one.note.seller if one.applicant_id == one.note.seller_id else one.note.buyer,
        "moves": [(move.lower(), names[move]) for move in (*names,) if move in moves],
        "asks_why": Move.REFUSE in moves or Move.REVOKE in moves,
    }


def _part(blue: TaxInvoice, sums: Sums) -> dict[str, Any]:
    return {"blue": blue, "rates": _rates(sums), "is_used": rules.needs_confirmation(blue.use)}


def _may(blue: TaxInvoice, side: Side | None) -> bool:
    return side is not None and rules.may_apply(side, blue.use)


def _rates(sums: Sums) -> list[dict[str, Any]]:
    return [
        {
            "rate": percent(rate),
            "net": Money(one.net_minor, "CNY"),
            "tax": Money(one.tax_minor, "CNY"),
            "gross": Money(one.net_minor + one.tax_minor, "CNY"),
        }
        for rate, one in sums.items()
    ]
