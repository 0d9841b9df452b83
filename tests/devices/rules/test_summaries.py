from devices.rules.counters import CounterTerms
from devices.rules.increments import Flag, Window
from devices.rules.life import trace
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading
from devices.rules.summaries import CounterSummary, summary

MINUTE = 60_000_000
TERMS = Terms("exec", counters=(CounterTerms("parts", shortest_cycle=MINUTE),))


class TestSummary:
    def test_sums_up_what_was_found(self):
        readings = [
            Reading(1, 0, "exec", "ACTIVE"),
            Reading(2, 0, "parts", 10),
            Reading(3, MINUTE, "exec", "READY"),
            Reading(4, MINUTE, "parts", None),
            Reading(5, 2 * MINUTE, "parts", 14),
            Reading(6, 3 * MINUTE, "parts", 9),
            Reading(7, 3 * MINUTE, "exec", "ACTIVE"),
        ]
        fold = Fold(TERMS)
        found = fold.feed(readings, trace(readings, closers=TERMS.channels))

        told = summary(fold, found, days=[0, 100 * MINUTE], hours=[0, MINUTE])

        assert (told.run, told.states) == (MINUTE, {"ACTIVE": MINUTE, "READY": 2 * MINUTE})
        assert (told.cycles, told.cycles_resumed, told.clock_back_steps, told.gaps) == (2, 0, 0, [])
        assert told.counters == {
            "parts": CounterSummary(billed=3, unobserved=3, held=1, resets=[], dips=[], open_dip=(14, 9))
        }
        assert Window("run", 0, MINUTE, MINUTE, Flag.NONE, 1, 3) in told.hours
        assert {window.meter for window in told.days} == {
            "run",
            "cycles",
            "cycles.aborted",
            "counter.parts",
            "state.ACTIVE",
            "state.READY",
        }
