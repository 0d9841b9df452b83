"""Statements of account and payouts as PDF files, always in Chinese: the same statement is the same file."""

from django.utils.translation import gettext, override

from billing.payments.rules.account_papers import Account, Payout, account_paper, payout_paper
from marketplace.gateway import documents

LANGUAGE = "zh-hans"


def account_pdf(account: Account) -> bytes:
    """Return a month's account as a PDF/A file."""
    with override(LANGUAGE):
        return documents.pdf(account_paper(account, gettext))


def payout_pdf(payout: Payout) -> bytes:
    """Return a payout as a PDF/A file."""
    with override(LANGUAGE):
        return documents.pdf(payout_paper(payout, gettext))
