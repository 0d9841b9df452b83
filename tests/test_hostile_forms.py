"""
Every form of every page with bad input: a clear refusal at the field, nothing stored, never a 500.

The forms are those that the pages show, to each kind of person who may open them. A form is filled as one
would who means it; then one to three fields are spoiled (``tests.hostile``). What is spoiled follows from the
name of the form and a number, so that a failure can be tried again; ``make rounds`` tries more numbers.
"""

import re
from random import Random
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.urls import Resolver404, resolve, reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import hostile
from tests.e2e.every_page import NO_PAGE
from tests.moved import touched
from tests.rounds import ROUNDS
from tests.test_doors import INSIDE, PAGES, PUBLIC, UNCOUNTED, visit, world

pytestmark = pytest.mark.django_db
__all__ = ["world"]
KINDS = ("nobody", "lessee", "lessor", "platform")
TURNS = 2 if ROUNDS == 1 else 6 * ROUNDS
# They end what the tests stand on: who is signed in. And who is about to join in the world sent no papers.
LEFT = {"logout", "session-end", "sessions-end", "join-confirm"}
# They answer with what is shown once: a secret, an address that nobody guesses.
SHOWN_ONCE = {"webhooks", "webhook-rotate", "api-keys", "device-keys", "device-key-rotate", "calendar-feeds"}
SHOWN_ONCE |= {"second-factor", "second-factor-act", "device-claim", "chains", "equipment-devices"}
# It answers with a page of its own, and to everybody with the same.
SAYS_DONE = {"password_reset"}
# Written by whoever asks, refused or not: sessions, the log of reads, attempts to sign in.
LOGS = {m._meta.db_table for m in apps.get_models() if m.__name__ in UNCOUNTED | {"Throttle"}}
REFUSED = re.compile(rb'class="[^"]*\b(?:notice (?:error|attention)|errorlist|errors|error-code)\b')
SUMMARY = re.compile(rb'class="notice error errors".*?</ul>', re.DOTALL)
RUNS = (b"<script>alert(1)", b"<img src=x")
FOUND, TRIED = {}, set()


def contents(tables):
    """Return a digest of all rows of some tables."""
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(tables):
            cursor.execute(f"SELECT sum(hashtextextended(t::text, 0)), count(*) FROM {table} t")
            found[table] = cursor.fetchone()
        return found


def posted(client, post):
    """
    Post, and take back what came of it.

    Return the answer, the tables that it left as others, and which constraint would have refused the commit:
    the tables that were touched are read before and after it is taken back.
    """
    body, content_type = post.body()
    block, late = transaction.atomic(), ""
    block._from_testcase = True  # what must be durable may run inside
    block.__enter__()
    try:
        before = touched()
        answer = client.generic("POST", post.url, body, content_type)
        now = touched()
        tables = {one for one, many in now.items() if many != before.get(one)} - LOGS
        after = contents(tables)
        try:
            # Not in a savepoint of its own: whose release would leave them so for the posts that follow.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except IntegrityError as error:
            late = str(error)
    finally:
        transaction.set_rollback(True)
        block.__exit__(None, None, None)
    was = contents(tables)
    return answer, {one for one in tables if was[one] != after[one]}, late


def forms_of(name, world):
    """Return the forms that a page shows to each kind of person, those that no other page showed."""
    if name not in FOUND:
        ids, door = PAGES[name]
        inside = {"nobody", "lessee"} if door == PUBLIC else INSIDE.get(door, set(KINDS[1:]))
        url, FOUND[name] = reverse(name, kwargs=world.ids[ids] if ids else {}), []
        for kind in KINDS:
            if kind not in inside:
                continue
            answer = visit(world.people.get(kind)).get(url)
            if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
                continue
            for form in hostile.forms(answer.content.decode(), url):
                key = key_of(form)
                if key and key not in TRIED:
                    TRIED.add(key)
                    FOUND[name].append((key, kind, form))
    return FOUND[name]


def key_of(form):
    """Return what tells forms apart: where they go, and their fields; nothing for those that are left."""
    try:
        to = resolve(urlsplit(form.action).path).url_name
    except Resolver404:
        return ""  # the forms of /design/ go nowhere
    return "" if to in LEFT else f"{to}({', '.join(one.name for one in form.fields)})"


def wrong_with(answer, post, changed, late):
    """Return what should not be so of an answer."""
    to = resolve(urlsplit(post.url).path).url_name
    found = []
    if answer.status_code >= 500:
        found.append(
            (answer.status_code, repr(getattr(answer, "exc_info", None) and answer.exc_info[1])[:300])
        )
    if late:
        found.append(("refused at the commit", late[:300]))
    refused = answer.status_code == 200 or answer.status_code >= 400
    if post.certain and changed and not refused:
        found.append((answer.status_code, "nonsense was taken", sorted(post.certain), sorted(changed)))
    html = answer.get("Content-Type", "").startswith("text/html") and not answer.streaming
    once = to in SHOWN_ONCE and answer.status_code == 200
    if refused and changed and not once:
        found.append((answer.status_code, "stored nevertheless", sorted(changed)))
    done = to in SAYS_DONE and answer.status_code == 200
    if html and refused and not changed and not done and not REFUSED.search(answer.content):
        found.append((answer.status_code, "no word of why"))
    named = SUMMARY.search(answer.content) if html and refused else None
    if named:
        found += [(name, "is not named") for name in post.certain if name.encode() not in named[0]]
    if not answer.streaming and any(mark in answer.content for mark in RUNS):
        found.append("a mark of HTML that the browser would run")
    return found


@pytest.fixture(scope="module", autouse=True)
def forgotten():
    yield
    FOUND.clear()
    TRIED.clear()


@pytest.mark.parametrize("name", [name for name in PAGES if name not in NO_PAGE])
@settings(
    max_examples=TURNS,
    derandomize=ROUNDS == 1,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(turn=st.integers(0, 10**6))
def test_bad_input_is_refused_at_its_field_and_stores_nothing(name, world, turn):
    foreign = sorted({str(value) for ids in world.ids.values() for value in ids.values()})
    wrong = []
    for key, kind, form in forms_of(name, world):
        if not form.fields:
            continue
        post = hostile.spoil(form, Random(f"{key} {kind} {turn}"), foreign)
        answer, changed, late = posted(visit(world.people.get(kind)), post)
        for fault in wrong_with(answer, post, changed, late):
            wrong.append((kind, key, post.url, post.spoiled, fault))

    assert wrong == [], "\n".join(map(str, wrong))
