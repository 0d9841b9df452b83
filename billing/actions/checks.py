"""Run the standing checks: each by itself, and what breaks a rule is kept until it is found no more."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from billing.actions import rechaining, rerating
from billing.models import CheckFinding, CheckResult, CheckRun
from billing.queries import (
    check_books,
    check_deposits,
    check_funds,
    check_invoices,
    check_slots,
    check_subsidies,
    check_synthetic,
    check_use,
)
from billing.rules.checks import CHECKS, MOST, Check, Code, Found, add, changes, kept, reason_of
from marketplace.actions.notifications import notify
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Invalid, NotPossible

logger = logging.getLogger(__name__)
PAGE = "/checks/"
LONGEST = "30min"  # a check that takes longer is stopped, and said to be

Look = Callable[[datetime], Iterable[Found]]


class NoSuchCheck(Invalid):
    """There is no check of this name."""

    code = "no_such_check"
    text = gettext_noop("There is no check “{name}”. Known are: {names}.")


class NobodyToCheckFor(NotPossible):
    """The platform, whose books are checked, is not registered."""

    code = "nobody_to_check_for"
    text = gettext_noop("The platform is not registered as an organization, so nobody may check its books.")


def run(*, at: datetime, by: User, only: Collection[str] = ()) -> CheckRun:
    """
    Run all standing checks, or ``only`` some, and keep what they find; running again finds the same.

    Each check has a transaction of its own: one that fails stops no other, and that it could not be run is a
    finding itself. Two runs of one check wait for each other. The platform is told if anything new was found.
    Nothing but runs, results, findings and that is written; the run is its own record of who did it.

    :raises NobodyToCheckFor: if no platform is registered
    :raises MissingRight: if ``by`` may not run invoices of the platform
    :raises NoSuchCheck: if ``only`` names a check that is none
    """
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk").first()
    if platform is None:
        raise NobodyToCheckFor
    require(by, Permission.INVOICE_RUN, within=platform)
    for name in only:
        if name not in CHECKS:
            raise NoSuchCheck(name=name, names=", ".join(CHECKS))
    made = CheckRun.objects.create(started_at=at, actor=by.public_id, actor_name=by.name)
    fresh = sum(_run_one(made, code) for code in CHECKS if not only or code in only)
    if fresh:
        with transaction.atomic():
            notify(kind=Kind.RULES_BROKEN, to=[platform], facts={"count": str(fresh)}, at=at, link=PAGE)
    return made


def look_too(*, checks: Iterable[Check], looks: Mapping[str, Look]) -> None:
    """Run the checks of a room above this one too; once, when the process starts."""
    add(checks)
    LOOKS.update((str(code), look) for code, look in looks.items())


def _run_one(made: CheckRun, code: str) -> int:
    """Run one check; return how many findings are new."""
    try:
        with transaction.atomic():
            _locked(code)
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
            found = list(LOOKS[code](made.started_at))
            fresh = _keep(made, code, kept(found), is_whole=len(found) <= MOST)
            CheckResult.objects.create(run=made, code=code, count=len({one.subject for one in found}))
        return fresh
    except Exception as error:  # whatever it is, it is told, and the next check runs
        logger.exception("the check %s could not be run", code)
        with transaction.atomic():
            _locked(code)
            return _failed(made, code, reason_of(error))


def _locked(code: str) -> None:
    """Let two runs of one check come one after the other: each sees what the other kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('billing_check ' || %s, 0))", [code])


def _keep(made: CheckRun, code: str, now: dict[str, Found], *, is_whole: bool) -> int:
    """Write what is new, and solve what is found no more; of a run that found too much, only what changed."""
    standing = {one.subject: one for one in CheckFinding.objects.standing().filter(code=code)}
    failed = standing.pop("", None)
    changed = changes({name: one.value() for name, one in standing.items()}, now, is_whole=is_whole)
    over = [*(standing[name] for name in (*changed.changed, *changed.solved)), *([failed] if failed else [])]
    _solve(made, over)
    since = {name: standing[name].since for name in changed.changed}
    CheckFinding.objects.bulk_create(
        _row(made, code, now[name], since.get(name, made.started_at))
        for name in (*changed.new, *changed.changed)
    )
    return len(changed.new)


def _failed(made: CheckRun, code: str, reason: str) -> int:
    CheckResult.objects.create(run=made, code=code, count=0, failure=reason)
    known = CheckFinding.objects.standing().filter(code=code, subject="").first()
    if known is not None and known.failure == reason:
        return 0
    _solve(made, [known] if known else [])
    CheckFinding.objects.create(
        code=code,
        expected=0,
        found=0,
        failure=reason,
        since=known.since if known else made.started_at,
        run=made,
    )
    return 0 if known else 1


def _solve(made: CheckRun, over: Iterable[CheckFinding]) -> None:
    for one in over:
        one.solved_at, one.solved_in = max(made.started_at, one.since), made
        one.save(update_fields=["solved_at", "solved_in"])


def _row(made: CheckRun, code: str, one: Found, since: datetime) -> CheckFinding:
    return CheckFinding(
        code=code,
        subject=one.subject,
        seller_id=one.seller,
        lease_id=one.lease,
        invoice_id=one.invoice,
        expected=one.expected,
        found=one.found,
        unit=one.unit,
        facts=dict(one.facts),
        since=since,
        run=made,
    )


def _last(code: Code) -> datetime | None:
    """Return when the last run began that could look at a check; what came since is looked at whole."""
    done = CheckResult.objects.filter(code=code, failure="").select_related("run").last()
    return done.run.started_at if done else None


def _rated(at: datetime) -> Iterable[Found]:
    return rerating.billed_as_rated(at=at, since=_last(Code.BILLED_AS_RATED))


def _chained(at: datetime) -> Iterable[Found]:
    return rechaining.chain_whole(at=at, since=_last(Code.CHAIN_WHOLE))


LOOKS: dict[str, Look] = {
    Code.LINES_ADD_UP: check_invoices.lines_add_up,
    Code.NOTES_ADD_UP: check_invoices.notes_add_up,
    Code.CREDIT_WITHIN_BILLED: check_invoices.credit_within_billed,
    Code.NUMBERS_GAPLESS: check_invoices.numbers_gapless,
    Code.BILLED_AS_RATED: _rated,
    Code.USE_BILLED_ONCE: check_use.use_billed_once,
    Code.USE_NOT_FORGOTTEN: check_use.use_not_forgotten,
    Code.SLOTS_BILLED_ONCE: check_slots.slots_billed_once,
    Code.INVOICES_BOOKED: check_books.invoices_booked,
    Code.TAX_AS_BOOKED: check_books.tax_as_booked,
    Code.JOURNALS_BALANCE: check_books.journals_balance,
    Code.FLOORS_AS_BOOKED: check_books.floors_as_booked,
    Code.CHAIN_WHOLE: _chained,
    Code.SEALER_KEEPS_UP: check_books.sealer_keeps_up,
    Code.DEPOSITS_AS_HELD: check_deposits.deposits_as_held,
    Code.FUND_CLAIMS_AS_BOOKED: check_funds.claims_as_booked,
    Code.FUND_DEPOSITS_SET_OFF: check_funds.deposits_set_off,
    Code.SUBSIDIES_ADD_UP: check_subsidies.subsidies_add_up,
    Code.SYNTHETIC_METERED: check_synthetic.metered,
    Code.SYNTHETIC_BILLED: check_synthetic.billed,
    Code.SYNTHETIC_IN_TIME: check_synthetic.in_time,
}
