"""The books: a trial balance over millions of lines, and journals a second, each beside its limit."""

import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count

from django.db import connection, transaction

from benchmarks.figures import AT, timed, words_of
from billing.actions import books, journals, sealing
from billing.models import Account, Book
from billing.queries.ledger import trial_balance
from billing.rules import accounts as chart
from billing.rules.journals import Entry, Line
from marketplace.actions.parties import robot
from tests.factories import marketplace as make

LINES = 5_000_000
PER_JOURNAL = 5
ROUNDS = 5
FIRST = date(2024, 1, 1)
DAYS = 1000
BATCH = 100
CODES = ("1122.02", "2241.00", "1122.03", "6001.02", "2221.02")  # rent and fee of one lease, and the tax
keys = count()

# As five lines of a fee and its rent; a day each thousandth. Rules that look at each statement are looked at,
# too: only the row by row ones for floors have nothing to do.
JOURNALS = """
INSERT INTO billing_journal (public_id, book_id, kind, effective_date, occurred_on, posted_at,
    idempotency_key, content_hash, memo, source_type, source_id, actor, actor_name, made_in)
SELECT 'jrn_b' || n, %(book)s, 'INVOICE_ISSUED', d.day, d.day,
    d.day + interval '12 hours' + n * interval '1 microsecond', 'bench:' || n, repeat('0', 64), '', '', '',
    'usr_bench', 'bench', 0
FROM generate_series(%(first)s::bigint, %(last)s) n
CROSS JOIN LATERAL (SELECT %(day)s::date + (n * %(days)s / %(all)s)::int AS day) d
"""
LINES_OF = """
INSERT INTO billing_journalline (journal_id, account_id, amount_minor, currency, effective_date, posted_at)
SELECT j.id, (%(accounts)s::bigint[])[p], CASE p WHEN 1 THEN 9040 + j.id %% 997
    WHEN 2 THEN -9040 - j.id %% 997 WHEN 3 THEN 212 WHEN 4 THEN -200 ELSE -12 END, 'CNY',
    j.effective_date, j.posted_at
FROM billing_journal j CROSS JOIN generate_series(1, 5) p
WHERE j.idempotency_key LIKE 'bench:%%' AND j.id >= %(from)s
ORDER BY j.id, p
"""


def rows() -> list[tuple[str, str, str, str]]:
    """Fill a book with five million lines, and measure it."""
    make.platform()
    by, book = robot(name="bench"), books.platform_book(at=AT - timedelta(days=1000))
    assert book is not None
    posting = [*_posted_singly(book, by), *_posted_in_batches(book, by)]
    began = time.perf_counter()
    fill(book)
    print(f"filled {LINES:,} lines in {time.perf_counter() - began:,.0f} s")
    return [*posting, *_balances(book), _verified(book, by)]


def fill(book: Book) -> None:
    """Write journals and lines by the statement, a twentieth at once, as the owner of the tables may."""
    accounts = [
        Account.objects.get_or_create(
            book=book, code=code, currency="CNY",
            defaults={"kind": chart.CHART[code].kind, "normal_side": chart.CHART[code].side},
        )[0].pk
        for code in CODES
    ]  # fmt: skip
    total, part = LINES // PER_JOURNAL, LINES // PER_JOURNAL // 20
    for first in range(0, total, part):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM billing_journal")
            [begin] = cursor.fetchone()
            given = {"book": book.pk, "first": first, "last": first + part - 1, "day": FIRST, "days": DAYS}
            cursor.execute(JOURNALS, given | {"all": total})
            cursor.execute(LINES_OF, {"accounts": accounts, "from": begin})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) billing_journalline")
        cursor.execute("VACUUM (ANALYZE) billing_journal")


def _balances(book: Book) -> list[tuple[str, str, str, str]]:
    last, middle = FIRST + timedelta(days=DAYS), FIRST + timedelta(days=DAYS // 2)
    known = datetime(2025, 6, 1, tzinfo=AT.tzinfo)
    limit = _seconds(lambda: _scanned())
    told = [
        ("trial balance, 5,000,000 lines", lambda: trial_balance(book, last)),
        ("trial balance, at half of the days", lambda: trial_balance(book, middle)),
        ("trial balance, all days as known at a time", lambda: trial_balance(book, last, known_at=known)),
    ]
    return [_row(name, _seconds(work), limit) for name, work in told]


def _row(name: str, mine: list[float], limit: list[float]) -> tuple[str, str, str, str]:
    ratio = statistics.median(mine) / statistics.median(limit)
    return name, _words(mine), "counting the rows one after the other " + _words(limit), f"{ratio:.2f}"


def _words(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"


def _seconds(work: Callable[[], object]) -> list[float]:
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def _scanned() -> None:
    """Read all rows of the lines: what no answer about all of them can do without, if it has no index."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute("SET LOCAL enable_indexonlyscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SELECT count(amount_minor) FROM billing_journalline")


def _entry(book: Book) -> Entry:
    amounts = (9040, -9040, 212, -200, -12)
    lines = tuple(Line(code, minor, "CNY") for code, minor in zip(CODES, amounts, strict=True))
    return Entry(book.code, "INVOICE_ISSUED", f"post:{next(keys)}", AT.date(), lines)


def _posted_singly(book: Book, by: object) -> list[tuple[str, str, str, str]]:
    def post(turn: int) -> int:
        for _ in range(100):
            journals.post(entry=_entry(book), at=AT, by=by)
        return 100

    limit = timed(lambda turn: _bare(100, 1))
    return [_rates("journals.post(), 5 lines, one a commit", timed(post), limit)]


def _posted_in_batches(book: Book, by: object) -> list[tuple[str, str, str, str]]:
    def write(turn: int) -> int:
        for _ in range(5):
            journals.write(entries=[_entry(book) for _ in range(BATCH)], at=AT, by=by)
        return 5 * BATCH

    limit = timed(lambda turn: _bare(5 * BATCH, BATCH))
    return [_rates(f"journals.write(), 5 lines, {BATCH} a commit", timed(write), limit)]


def _rates(name: str, mine: list[float], limit: list[float]) -> tuple[str, str, str, str]:
    ratio = statistics.median(mine) / statistics.median(limit)
    return name, words_of(mine, "journals/s"), "bare INSERTs " + words_of(limit, "/s"), f"{ratio:.2f}"


def _bare(journals_: int, at_once: int) -> int:
    """Insert as many plain rows into plain tables without any rule, in as many commits."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_journal (id int8 PRIMARY KEY, key text, day date)")
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_line (journal int8, account int8, minor int8, day date)"
        )
        for _ in range(0, journals_, at_once):
            with transaction.atomic():
                made = [next(keys) for _ in range(at_once)]
                cursor.executemany(
                    "INSERT INTO bench_journal VALUES (%s, %s, %s)", [(n, f"k{n}", AT.date()) for n in made]
                )
                cursor.executemany(
                    "INSERT INTO bench_line VALUES (%s, %s, %s, %s)",
                    [(n, p, 9040 * p, AT.date()) for n in made for p in range(PER_JOURNAL)],
                )
    return journals_


def _verified(book: Book, by: object) -> tuple[str, str, str, str]:
    """Seal 20,000 journals, and check what was sealed: what the check of the chain costs every night."""
    began = time.perf_counter()
    sealed = sum(sealing.seal(book=book, at=AT + timedelta(days=1), by=by) for _ in range(10))
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    sealing.verify(book=book)
    again = time.perf_counter() - began
    return "journals sealed; checked again", f"{sealed / seconds:,.0f} /s; {sealed / again:,.0f} /s", "–", "–"
