"""Celery tasks: load by id, call one action."""

import logging
import secrets
import time
from functools import partial
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import DatabaseError, InterfaceError
from django.utils import translation
from django.utils.module_loading import import_string

from marketplace.actions import (
    api_keys,
    background_jobs,
    closings,
    deliveries,
    equipment_documents,
    events,
    imports,
    letters,
    needs,
    notifications,
    own_data,
    parties,
    requests,
    saved_searches,
    search_documents,
    taken_times,
    throttles,
    verifications,
)
from marketplace.actions.parties import robot
from marketplace.filters.search import wanted_of
from marketplace.gateway import buckets
from marketplace.gateway.posting import post
from marketplace.gateway.transactions import is_passing
from marketplace.models import (
    Closing,
    Notification,
    SavedFilter,
    Verification,
    WebhookAttempt,
    WebhookDelivery,
)
from marketplace.queries import announcements
from marketplace.shared import clock

LANGUAGES = ("zh-hans", "en")
IN_ONE_GO = 20  # messages to one endpoint, then the others have their turn
COMPARED_AT_ONCE = 20_000  # listings
CATCH_UPS = 3  # what ends is billed in the next round, what is billed is told of in the one after it
ROUND_S = 30  # seconds after which a round begins no other message
logger = logging.getLogger(__name__)


@shared_task
def send_notifications(**kwargs: Any) -> int:
    """
    Send what waits in the outbox, in both languages, for some time in a go; what cannot be sent is put back.

    It has its next try in the next round, and where nothing can be sent the round ends: mail may be away.
    """
    until, sent, failed = time.monotonic() + ROUND_S, 0, set[int]()
    while time.monotonic() < until and (taken := notifications.take_out(at=clock.now(), without=failed)):
        odd = {one.pk for one, addresses in taken if addresses and not _mailed(one, addresses)}
        went = sum(bool(addresses) for _, addresses in taken) - len(odd)
        sent, failed = sent + went, failed | odd
        if odd and not went:
            break
    return sent


def _mailed(one: Notification, addresses: list[str]) -> bool:
    """Send one of the outbox, or put it back; tell whether it went."""
    told = [_in(language, one) for language in LANGUAGES]
    link = f"\n\n{settings.SITE_URL}{one.link}" if one.link else ""
    try:
        send_mail(subject_of(told[0]), "\n\n".join(told) + link, None, addresses)
    except OSError:
        logger.exception("%s could not be sent", one.public_id)
        notifications.put_back(notification=one)
        return False
    return True


@shared_task
def send_letters(**kwargs: Any) -> int:
    """Send the mails that wait; what cannot be sent is put back."""
    sent = 0
    for one in letters.take_out(at=clock.now()):
        try:
            send_mail(subject_of(one.subject), one.body, None, [one.to])
        except Exception:  # one odd address is no reason to keep the others' mails
            logger.exception("letter %s could not be sent", one.pk)
            letters.put_back(letter=one)
        else:
            letters.sent(letter=one, at=clock.now())
            sent += 1
    return sent


@shared_task
def catch_up(left: int = CATCH_UPS, **kwargs: Any) -> None:
    """
    Run at once what beat runs at times of its own, as the clock was moved; again, behind what that queued.

    Each by itself: what one of them cannot do is no reason to leave the others undone.
    """
    if not clock.is_test():
        return
    for name in settings.CATCH_UP:
        try:
            import_string(name)()
        except Exception:
            logger.exception("%s went wrong after the clock was moved", name)
    if left > 1:
        catch_up.delay(left=left - 1)


@shared_task
def recheck_due(**kwargs: Any) -> int:
    """Begin the regular checks that are due today, and end those that nobody answered; each by itself."""
    by, at, done = robot(name="clock"), clock.now(), 0
    acts = [partial(verifications.begin_due, organization=one) for one in verifications.due(on=clock.today())]
    acts += [partial(verifications.lapse, case=one) for one in Verification.objects.unanswered(at)]
    for act in acts:
        try:
            act(by=by, at=at)
            done += 1
        except Exception:  # the next one is somebody else's
            logger.exception("A regular check went wrong: %s", act.keywords)
    return done


@shared_task
def remind_of_documents(**kwargs: Any) -> int:
    """Tell owners of documents that end soon; once for each step."""
    at, on, told = clock.now(), clock.today(), 0
    while fresh := equipment_documents.remind(by=robot(name="clock"), at=at, on=on):
        told += fresh
    return told


@shared_task
def keep_announcements(**kwargs: Any) -> None:
    """Lay the announcements that pages show where they look: what was there may be lost."""
    announcements.keep_current(clock.now())


@shared_task
def purge_throttles(**kwargs: Any) -> int:
    """Let go of what was tried days ago."""
    return throttles.purge(at=clock.machine_now())


@shared_task
def tell_events(**kwargs: Any) -> None:
    """Number what stands, and queue a round for every endpoint for which something is due."""
    while events.number(at=clock.now()) == events.AT_ONCE:
        continue
    due = WebhookDelivery.objects.due(clock.now()).order_by()
    for endpoint_id in sorted(due.values_list("endpoint", flat=True).distinct()):
        send_due.delay(endpoint_id=endpoint_id)


@shared_task
def send_due(endpoint_id: int, **kwargs: Any) -> int:
    """
    Send what is due for one endpoint; a second round of the same one is not begun beside it.

    A round ends after ``ROUND_S``, and where nobody answers: others have their turn, the next goes on.
    """
    busy, token = f"webhooks:{endpoint_id}", secrets.token_hex(8)
    if not cache.add(busy, token, timeout=int(deliveries.LEASE.total_seconds())):
        return 0
    sent, until = 0, time.monotonic() + ROUND_S
    try:
        while sent < IN_ONE_GO and time.monotonic() < until:
            ended = send_one(endpoint_id)
            if ended is None:
                break
            sent += 1
            if ended.status is None:
                break
    finally:
        if cache.get(busy) == token:  # a round that took too long leaves the mark of the next one
            cache.delete(busy)
    return sent


def send_one(endpoint_id: int) -> deliveries.Ended | None:
    """Send what is due first for an endpoint, if there is something, and return how that ended."""
    taken = deliveries.take(endpoint=endpoint_id, at=clock.now(), sent_at=clock.machine_now())
    if taken is None:
        return None
    if taken.headers:
        posted = post(taken.url, taken.headers, taken.body, is_local_fine=settings.WEBHOOK_LOCAL)
        ended = deliveries.Ended(*posted)
    else:
        ended = deliveries.Ended(WebhookAttempt.Outcome.NO_SECRET)
    deliveries.note(delivery=taken.delivery, number=taken.number, ended=ended, at=clock.now())
    return ended


@shared_task
def purge_events(**kwargs: Any) -> None:
    """Let go of events that are older than thirty days."""
    while events.purge(at=clock.now()):
        continue


@shared_task
def keep_search(**kwargs: Any) -> None:
    """Make what listings are found by that is missing or older than a day, for some time in a go."""
    until, at = time.monotonic() + ROUND_S, clock.now()
    while time.monotonic() < until:
        if not search_documents.renew_missing(at=at) and not search_documents.renew_oldest(at=at):
            break


@shared_task
def expire_needs(**kwargs: Any) -> None:
    """Let go of needs to which nobody may answer any more."""
    at, by = clock.now(), parties.robot(name="clock")
    while needs.expire(at=at, by=by) == needs.AT_ONCE:
        continue


@shared_task
def keep_times(**kwargs: Any) -> None:
    """Make anew when listings are taken of which something changed, for some time in a go."""
    until, at = time.monotonic() + ROUND_S, clock.now()
    while taken_times.renew(at=at) and time.monotonic() < until:
        continue


@shared_task
def check_times(**kwargs: Any) -> int:
    """Compare with the claims when listings are taken, as searches know it; mend and report what is wrong."""
    wrong, at = [], clock.now()
    for first in range(0, taken_times.last_key(), COMPARED_AT_ONCE):
        wrong += taken_times.compare(at=at, first=first, last=first + COMPARED_AT_ONCE)
    if wrong:
        logger.error("taken times of %d listings did not agree with their claims: %s", len(wrong), wrong[:20])
    return len(wrong)


@shared_task
def count_search(**kwargs: Any) -> None:
    """Count the tokens of the catalogue anew: questions are answered by them the faster way."""
    search_documents.count()


@shared_task
def tell_searches(**kwargs: Any) -> int:
    """Tell what is new in saved searches that are due, for some time in a go; one that fails waits longer."""
    until, at, told = time.monotonic() + ROUND_S, clock.now(), 0
    for saved, query in SavedFilter.objects.searches().due(at).values_list("pk", "query"):
        if time.monotonic() > until:
            break
        try:
            told += saved_searches.tell(saved=saved, wanted=wanted_of(query), at=at)
        except Exception:  # the next one is somebody else's
            logger.exception("The saved search %s could not be looked through", saved)
            saved_searches.put_off(saved=saved, at=at)
    return told


@shared_task
def work_on_job(job_id: int, **kwargs: Any) -> None:
    """
    Do the steps of a background job, for some time in a go; then others have their turn.

    A fault of ours ends the job with that as its reason; a database that was lost leaves it to be taken up.
    """
    until = time.monotonic() + ROUND_S
    try:
        background_jobs.begin(job=job_id, at=clock.now())
        while background_jobs.advance(job=job_id, at=clock.now()):
            if time.monotonic() > until:
                background_jobs.put_back(job=job_id, at=clock.now())
                return
    except Exception as error:
        if isinstance(error, DatabaseError | InterfaceError) and is_passing(error):
            raise
        logger.exception("background job %s ended", job_id)
        background_jobs.fail(job=job_id, at=clock.now())


@shared_task
def take_up_jobs(**kwargs: Any) -> None:
    """Queue the background jobs whose worker was lost."""
    for job_id in background_jobs.take_up(at=clock.now()):
        work_on_job.delay(job_id=job_id)


@shared_task
def warn_of_keys(**kwargs: Any) -> int:
    """Tell organizations of keys that end soon."""
    return api_keys.warn(at=clock.now())


@shared_task
def write_requests(**kwargs: Any) -> int:
    """Write down what was asked over REST, for some time in a go; what a lost database refuses is gone."""
    until, written = time.monotonic() + ROUND_S, 0
    while time.monotonic() < until and (lines := buckets.noted(most=requests.AT_ONCE)):
        written += requests.write(lines=lines)
    return written


@shared_task
def purge_requests(**kwargs: Any) -> None:
    """Let go of requests that are older than seven days."""
    while requests.purge(at=clock.now()):
        continue


@shared_task
def let_go_of_imports(**kwargs: Any) -> None:
    """Let go of what old files of machines held."""
    while imports.let_go(at=clock.now()):
        continue


def subject_of(text: str) -> str:
    """Return the subject of a mail; what a test installation sends begins with that word."""
    return f"[测试] {text}" if clock.is_test() else text


@shared_task
def let_go_of_exports(**kwargs: Any) -> None:
    """Let go of files with data whose week is over."""
    while own_data.let_go(at=clock.now()):
        continue


@shared_task
def close_organizations(**kwargs: Any) -> int:
    """Close the organizations whose two weeks are over; each by itself. Return how many."""
    by, at, done = robot(name="clock"), clock.now(), 0
    for one in Closing.objects.due(at):
        try:
            done += closings.finish(closing=one, by=by, at=at)
        except Exception:  # the next one is somebody else's
            logger.exception("%s could not be closed", one.public_id)
    return done


def _in(language: str, one: Notification) -> str:
    with translation.override(language):
        return one.said
