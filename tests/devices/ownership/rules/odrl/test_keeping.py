"""Compiled agreements are kept within a bound, and never answer for another version."""

from threading import Barrier, Thread

from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules.odrl.evaluating import evaluate
from devices.ownership.rules.odrl.keeping import Kept
from devices.ownership.rules.odrl.policies import Action, Constraint, Policy, Rule, RuleKind
from devices.ownership.rules.odrl.questions import Request, World

WORLD = World()
PURPOSES = ("maintenance", "warranty", "billing")


def policies(agreement, version):
    """An agreement of as many rules as its name says; each version is for another purpose."""
    wanted = (Constraint("purpose", "eq", (PURPOSES[version % 3],)),)
    rules = (
        Rule(f"r{n}", RuleKind.PERMISSION, Action("read"), "urn:a", f"urn:{agreement}:{n}", wanted)
        for n in range(int(agreement))
    )
    return [Policy(f"urn:{agreement}", "Agreement", tuple(rules))]


class Loader:
    def __init__(self):
        self.asked = []

    def __call__(self, agreement, version):
        self.asked.append((agreement, version))
        return policies(agreement, version)


def asked(agreement, purpose):
    return Request("urn:a", "read", f"urn:{agreement}:0", {"purpose": purpose})


@given(
    st.lists(
        st.tuples(st.integers(1, 9).map(str), st.integers(1, 3), st.sampled_from(PURPOSES)), max_size=60
    ),
    st.integers(1, 20),
)
def test_every_answer_is_that_of_the_version_asked_for_within_the_bound(questions, most):
    load = Loader()
    kept = Kept(load, most=most)
    for agreement, version, purpose in questions:
        found = kept.of(agreement, version).decide(asked(agreement, purpose), WORLD)

        assert (
            found.permits == evaluate(policies(agreement, version), asked(agreement, purpose), WORLD).permits
        )
        assert kept.rules <= max(most, int(agreement))


def test_what_was_asked_for_last_is_not_loaded_again_and_the_oldest_goes():
    load = Loader()
    kept = Kept(load, most=9)

    for agreement in ("3", "4", "3", "5", "3", "4"):
        kept.of(agreement, 1)

    assert load.asked == [("3", 1), ("4", 1), ("5", 1), ("4", 1)]
    assert kept.rules == 7


def test_another_version_takes_the_place_of_the_one_before():
    load = Loader()
    kept = Kept(load)

    for version in (1, 2, 2, 1):
        assert kept.of("3", version).decide(asked("3", PURPOSES[version % 3]), WORLD).permits

    assert load.asked == [("3", 1), ("3", 2), ("3", 1)]
    assert kept.rules == 3


def test_an_agreement_that_is_larger_than_the_bound_is_kept_alone():
    kept = Kept(policies, most=4)

    for agreement in ("2", "7", "2"):
        assert kept.of(agreement, 1).decide(asked(agreement, PURPOSES[1]), WORLD).permits
        assert kept.rules == int(agreement)


def test_two_threads_that_load_the_same_count_it_once():
    together = Barrier(2, timeout=10)

    def load(agreement, version):
        together.wait()
        return policies(agreement, version)

    kept = Kept(load)
    threads = [Thread(target=kept.of, args=("5", 1)) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert kept.rules == 5
