"""Contracts and records as PDF files: always in Chinese, whoever asks, so that the same is the same file."""

from django.utils.translation import gettext, override

from leasing.models import ConditionRecord, Contract, RecordAnswer
from leasing.rules import record_papers
from leasing.rules.contract_papers import Signed, paper
from leasing.rules.leases import Side
from leasing.rules.record_papers import Said, Written
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


def record_pdf(record: ConditionRecord) -> bytes:
    """
    Return a record that was read with its answer, with what was said to it, as a PDF/A file.

    The sides are called as the contract calls them, which does not change.
    """
    lease = record.lease
    contract = Contract.objects.filter(lease=lease).only("document").first()
    agreed = contract.document if contract else {}
    names = {
        side.value: agreed[side]["name"] if side in agreed else lease.party(side).name
        for side in (Side.LESSOR, Side.LESSEE)
    }
    written = Written(
        lease=lease.number,
        writer=record.made_by_name,
        at=record.made_at,
        zone=lease.agreed.zone,
        **names,
    )
    with override(LANGUAGE):
        made = record_papers.paper(
            record.document, digest=record.digest, written=written, said=_said(record), translate=gettext
        )
    return documents.pdf(made)


def record_file_name(record: ConditionRecord) -> str:
    """Return the name under which a record is saved: the number of its lease, its kind and its own number."""
    return f"{record.kind.lower()}-{record.lease.number}-{record.number}.pdf"


def _said(record: ConditionRecord) -> list[Said]:
    answer: RecordAnswer | None = getattr(record, "answer", None)
    found = []
    if answer is not None:
        side = Side.LESSEE if record.side == Side.LESSOR else Side.LESSOR
        what = str(RecordAnswer.Word(answer.word).label)
        found.append(Said(side, answer.person_name, answer.organization_name, what, answer.at, answer.reason))
    found += [
        Said(Side(one.side), one.person_name, one.organization_name, one.what, one.at, one.text)
        for one in record.referral_words.all()
    ]
    return found
