"""
A book as hledger reads it, for ``hledger check --strict ordereddates``: accounts and currencies declared.
"""

from collections.abc import Iterator

from billing.rules.export_values import BookFile, Check, Posted, written


def hledger(book: BookFile) -> Iterator[str]:
    """Yield the lines of the file."""
    yield f"; Book {book.code}"
    for currency in dict.fromkeys(account.currency for account in book.accounts):
        sample = written(100000, currency)
        yield f"commodity {sample if '.' in sample else sample + '.'} {currency}"
    for account in book.accounts:
        yield f"account {account.path}  ; {account.code} {account.name_zh}"
    for item in book.in_order():
        yield from _check(item) if isinstance(item, Check) else _journal(item)


def _journal(journal: Posted) -> Iterator[str]:
    yield ""
    yield f"{journal.on} * ({journal.public_id}) {journal.title}"
    if journal.occurred_on != journal.on:
        yield f"    ; occurred:{journal.occurred_on}"
    for line in journal.lines:
        about = ", ".join(f"{name}:{value}" for name, value in line.dims.items())
        yield f"    {line.path}  {line.amount} {line.currency}" + (f"  ; {about}" if about else "")


def _check(check: Check) -> Iterator[str]:
    """Assert a balance in an entry of nothing, on the last day that it holds for."""
    nothing = written(0, check.currency)
    yield ""
    yield f"{check.on} * balance"
    yield f"    {check.path}  {nothing} {check.currency} = {check.amount} {check.currency}"
