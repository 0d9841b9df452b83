"""Contracts as PDF files: always in Chinese, whoever asks, so that the same contract is the same file."""

from django.utils.translation import gettext, override

from leasing.models import Contract
from leasing.rules.contract_papers import Signed, paper
from marketplace.gateway import documents

LANGUAGE = "zh-hans"


def contract_pdf(contract: Contract) -> bytes:
    """Return a contract with the signatures that it has, as a PDF/A file."""
    signed = [Signed(one.statement(), one.seal) for one in contract.signatures.select_related("organization")]
    with override(LANGUAGE):
        made = paper(
            contract.document,
            digest=contract.digest,
            made_at=contract.made_at,
            signed=signed,
            translate=gettext,
        )
    return documents.pdf(made)


def contract_file_name(contract: Contract) -> str:
    """Return the name under which a contract is saved: its number in plain letters."""
    return f"contract-{contract.document['number']}.pdf"
