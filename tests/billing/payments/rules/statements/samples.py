"""The bank files of tests/data/bank, and tables made here."""

import json
from pathlib import Path

BANK = Path(__file__).resolve().parents[4] / "data" / "bank"
PUBLIC = json.loads((BANK / "expected_public.json").read_text(encoding="utf-8"))
SCENARIO = {
    "TABLE": "synthetic/scenario_2026-11_gb18030.csv",
    "CAMT": "synthetic/scenario_2026-11_camt053_08.xml",
    "MT940": "synthetic/scenario_2026-11.sta",
}
OVERLAP = "synthetic/overlap_from_2026-11-20_gb18030.csv"


def sample(name: str) -> bytes:
    return (BANK / name).read_bytes()


def of(form: str) -> list[str]:
    """The names of the public samples of a format: mt940, camt053, ofx."""
    return [name for name in PUBLIC if name.startswith(f"{form}/")]


def table(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def camt(*entries: str, balances: str = "", version: str = "08") -> bytes:
    return (
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id><IBAN>NL26VAYB8060476890</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balances}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(
    amount: str = "10.00",
    sign: str = "CRDT",
    more: str = "",
    *,
    day: str = "2026-11-05",
    status: str = "BOOK",
) -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt>{more}</Ntry>"
    )


def balance(code: str, amount: str, currency: str = "EUR") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-30</Dt></Dt></Bal>"
    )
