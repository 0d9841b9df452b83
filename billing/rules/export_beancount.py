"""
A book as beancount reads it: one currency an account, tolerance zero, duplicates refused.

With beancount's defaults an error of one minor unit passes, because a balance may be off by twice half a unit
(``beancount/ops/balance.py``); so the tolerance is set to zero and every assertion says ``~ 0``.
"""

from collections.abc import Iterator
from datetime import timedelta

from billing.rules.export_values import BookFile, Check, Posted


def beancount(book: BookFile) -> Iterator[str]:
    """Yield the lines of the file."""
    yield f'option "title" "Book {book.code}"'
    yield f'option "operating_currency" "{book.currency}"'
    yield 'option "tolerance_multiplier" "0"'
    yield 'plugin "beancount.plugins.noduplicates"'
    yield ""
    for account in book.accounts:
        yield f"{book.opened} open {account.path} {account.currency}"
        yield f'  code: "{account.code}"'
        yield f'  name: "{account.name_zh}"'
    for item in book.in_order():
        yield from _check(item) if isinstance(item, Check) else _journal(item)


def _journal(journal: Posted) -> Iterator[str]:
    yield ""
    yield f'{journal.on} * "{journal.title}" ^{journal.public_id}'
    yield f'  journal: "{journal.public_id}"'
    yield f'  content: "{journal.content_hash}"'
    if journal.occurred_on != journal.on:
        yield f"  occurred: {journal.occurred_on}"
    for line in journal.lines:
        yield f"  {line.path}  {line.amount} {line.currency}"
        for name, value in line.dims.items():
            yield f'    {name}: "{value}"'


def _check(check: Check) -> Iterator[str]:
    """Write a balance as it is when the next day begins, which is how beancount asserts."""
    yield f"{check.on + timedelta(days=1)} balance {check.path}  {check.amount} ~ 0 {check.currency}"
