"""Invoices, notes and statements as PDF files, always in Chinese: the same document is the same file."""

from django.utils.translation import gettext, override

from billing.models import DunningLetter
from billing.rules import invoice_papers, letter_papers, statement_papers
from billing.rules.invoice_papers import Document
from billing.rules.statement_papers import Statement
from marketplace.gateway import documents

LANGUAGE = "zh-hans"


def invoice_pdf(document: Document) -> bytes:
    """Return an invoice or a note as a PDF/A file."""
    with override(LANGUAGE):
        return documents.pdf(invoice_papers.paper(document, gettext))


def statement_pdf(statement: Statement) -> bytes:
    """Return a statement as a PDF/A file."""
    with override(LANGUAGE):
        return documents.pdf(statement_papers.paper(statement, gettext))


def letter_pdf(letter: DunningLetter) -> bytes:
    """Return a reminder as a PDF/A file."""
    with override(LANGUAGE):
        said = letter_papers.paper(letter.content, letter.public_id, letter.made_at, gettext)
        return documents.pdf(said)
