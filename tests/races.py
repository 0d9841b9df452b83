"""Races on real transactions: acts in threads of their own, which meet between looking and writing."""

import threading
import time
from unittest.mock import patch

from django.db import connection

PATIENCE_S = 60
LOOK_AGAIN_S = 0.01
WAITS_FOR_ME = """SELECT EXISTS (
    SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"""

_acting = set()


def at_once(*acts):
    """Run the acts in threads of their own and return what each gave or raised."""
    results, ready = [None] * len(acts), threading.Barrier(len(acts), timeout=PATIENCE_S)

    def run(place, act):
        try:
            ready.wait()
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()
            _acting.discard(threading.current_thread())

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    _acting.update(threads)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def in_between(place, name, act):
    """
    Let ``act`` happen in full once, in a thread of its own, between another's looking and its writing.

    The other calls ``place.name`` when it has looked. For what happens without locks: with them the act would
    wait for the other, and the other for it.

    :raises TimeoutError: if the act waits at a lock nevertheless
    """
    real, results = getattr(place, name), []

    def write(*args, **given):
        if not results:
            results.append(None)
            results[0] = _alongside(act)
        return real(*args, **given)

    return patch.object(place, name, write), results


def _alongside(act):
    results = []
    thread = threading.Thread(target=lambda: results.extend(at_once(act)), daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    if not results:
        raise TimeoutError("What was to happen in between waits at a lock.")
    return results[0]


class Meeting:
    """
    Where acts of a race wait for each other before they write, as far as locks let them.

    Nothing depends on how fast the machine is: it is over when all ``parties`` are here, when one of them
    waits in the database for the one that is here, or when no other act is left that could come.
    """

    def __init__(self, parties=2):
        self.parties, self._here, self._round, self._over = parties, [], 0, False
        self._turn = threading.Lock()

    def wait(self):
        """
        Wait for the others; return whether they came. A test that prepares the race is let through.

        :raises TimeoutError: if they neither come nor wait for this act
        """
        if threading.current_thread() not in _acting:
            return False
        with self._turn:
            mine = self._round
            self._here.append(threading.current_thread())
            if len(self._here) == self.parties:
                self._here, self._round = [], self._round + 1
        return self._came(mine)

    def _came(self, mine):
        until = time.monotonic() + PATIENCE_S
        while self._round == mine and not self._over:
            if _kept_out() or not self._awaited():
                self._over = True
            if time.monotonic() > until:
                raise TimeoutError("The other act neither came to the meeting nor waits at a lock.")
            time.sleep(LOOK_AGAIN_S)
        return self._round != mine

    def _awaited(self):
        return _acting - set(self._here)


def _kept_out():
    """Return whether another connection waits for a lock of this one."""
    with connection.cursor() as cursor:
        cursor.execute(WAITS_FOR_ME)
        return cursor.fetchone()[0]
