"""What docs/first-hour.md tells a stranger to send is sent by a shell, and answered as it says there."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from celery import current_app
from django.core.cache import cache
from django.utils import timezone

from billing.actions import books
from billing.payments.actions import banks
from billing.rules import accounts as chart
from marketplace.actions import api_keys
from marketplace.models import MovedClock
from marketplace.models.apikeys import Scope
from marketplace.queries.clocks import KEY
from marketplace.tasks import tell_events
from tests.factories import marketplace as make

PAGE = Path(__file__).resolve().parent.parent / "docs" / "first-hour.md"
BLOCK = re.compile(r"^```(bash|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MACHINE = datetime(2026, 11, 10, 4, tzinfo=UTC)
END = "--- that was it ---"


class Shell:
    """A shell that goes on from block to block; it waits for nothing, for here tasks run at once."""

    def __init__(self, folder, **variables):
        self.running = subprocess.Popen(
            ["bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=os.environ | {"NO_PROXY": "*"} | variables,
        )
        self.run("sleep() { :; }")

    def run(self, block):
        """Run a block; return what it writes."""
        self.running.stdin.write(f"{block}\necho; echo '{END}'\n")
        self.running.stdin.flush()
        return "".join(iter(self.running.stdout.readline, f"{END}\n")).strip()

    def close(self):
        self.running.communicate()


def differences(told, found, at=""):
    """Yield where an answer is not as the page shows it: ``…`` is anything, members may be left out."""
    if isinstance(told, dict) and isinstance(found, dict):
        for name, value in told.items():
            yield from differences(value, found.get(name), f"{at}/{name}")
    elif isinstance(told, list) and isinstance(found, list) and len(told) <= len(found):
        for number, value in enumerate(told):
            yield from differences(value, found[number], f"{at}/{number}")
    elif isinstance(told, str) and "…" in told and found is not None:
        if not re.fullmatch(".*".join(map(re.escape, told.split("…"))), str(found), re.DOTALL):
            yield f"{at}: {found!r}, not {told!r}"
    elif told != found:
        yield f"{at}: {found!r}, not {told!r}"


def begin():
    """Let there be an owner, a workshop and a platform with an account at a bank; return two keys."""
    make.category()
    owner, lessee = make.organization("远澜精密", kind="LEAD_ENTERPRISE"), make.organization("恒立五金")
    platform = make.platform()
    banks.open_account(
        book=books.platform_book(at=MACHINE),
        ledger_code=chart.CLIENT_MONEY,
        holder="计件平台",
        number="320201880920",
        bank_name="工商银行",
        within=platform,
        by=make.member(platform),
        at=MACHINE,
    )
    MovedClock.objects.create()
    return [
        api_keys.create(organization=one, name="demo", scopes=Scope.values, by=make.member(one), at=MACHINE)[
            1
        ]
        for one in (owner, lessee)
    ]


@pytest.fixture
def shell(transactional_db, live_server, settings, monkeypatch, tmp_path):
    """Give a shell with the variables of the page, before a server in test mode."""
    settings.JIJIAN_MODE = "test"
    monkeypatch.setattr(timezone, "now", lambda: MACHINE)
    current_app.conf.update(task_always_eager=True)
    cache.delete(KEY)
    owner, lessee = begin()
    found = Shell(tmp_path, JIJIAN_URL=live_server.url, OWNER_KEY=owner, LESSEE_KEY=lessee)
    yield found
    found.close()
    current_app.conf.update(task_always_eager=False)
    cache.delete(KEY)


def test_every_block_is_answered_as_it_is_shown(shell):
    blocks, said, shown = BLOCK.findall(PAGE.read_text(encoding="utf-8")), "", 0
    for kind, text in blocks:
        if kind == "bash":
            said = shell.run(text)
            if "sleep" in text:
                tell_events()  # as the worker does every few seconds
            assert "curl: " not in said and "Traceback" not in said and "command not found" not in said, said
            continue
        wrong = list(differences(json.loads(text), json.loads(said)))
        assert not wrong, "\n".join([*wrong, said])
        shown += 1

    assert shown > 20


@pytest.mark.parametrize(
    ("told", "found", "many"),
    [
        ({"id": "eqp_…"}, {"id": "eqp_1", "more": 1}, 0),
        ({"id": "eqp_…"}, {"id": "lst_1"}, 1),
        ({"id": "…"}, {}, 1),
        ([1], [1, 2], 0),
        ([1, 2], [1], 1),
        ({"open_minor": 0}, {"open_minor": 1}, 1),
    ],
)
def test_an_answer_that_differs_would_be_noticed(told, found, many):
    assert len(list(differences(told, found))) == many
