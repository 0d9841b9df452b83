"""What a grant may say, what has become of it, and what a decision makes of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from devices.ownership.rules import grants
from devices.ownership.rules.decisions import Effect, Question, decide
from devices.ownership.rules.defaults import SECOND, matrix
from devices.ownership.rules.grant_terms import Terms, digest, faults
from devices.ownership.rules.grants import Granted, Kind, State
from devices.ownership.rules.parties import Party
from marketplace.shared.period import Period

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MADE = Period(START, START + 9 * DAY)
OPEN = Period(START + 10 * DAY, START + 20 * DAY)
NOW = START + 11 * DAY
LESSEE = frozenset({"lessee"})
TERMS = Terms(
    kind="LESSEE_CONSENT",
    equipment="eqp_1",
    agreement="agr_1",
    recipient="org_m",
    party="maker",
    categories=("machine_condition",),
    right="read_aggregate",
    purpose="warranty",
    interval="PT15M",
    generated=MADE,
    readable=OPEN,
)
OWNERS = replace(TERMS, party="owner", purpose="maintenance", interval="PT1M")
DIAGNOSIS = replace(
    OWNERS, kind="REMOTE_DIAGNOSIS", right="read", interval=None, generated=None, readable=None, lasts=7200
)
JOB = replace(
    TERMS,
    kind="SERVICE_JOB",
    party="service_provider",
    right="read",
    interval=None,
    purpose="maintenance",
    reference="JOB-7",
)
ORDER = replace(
    TERMS,
    kind="ORDER",
    party="regulator",
    categories=("operator_data", "process_parameters"),
    right="read",
    interval=None,
    purpose="safety",
    reference="No. 7",
    authority="Court of Suzhou",
    ordered_on=date(2026, 3, 2),
)


def codes(terms, consent=LESSEE, competitor=False):
    return {
        (one.pointer, one.code) for one in faults(terms, matrix(), consent=consent, competitor=competitor)
    }


class TestFaults:
    @pytest.mark.parametrize("terms", [TERMS, OWNERS, DIAGNOSIS, JOB, ORDER], ids=lambda one: one.kind)
    def test_there_are_none_where_the_table_allows(self, terms):
        assert codes(terms) == set()

    def test_an_owner_may_open_machine_condition_to_the_provider_of_a_job(self):
        assert codes(JOB, frozenset({"owner"})) == set()

    @pytest.mark.parametrize(
        ("terms", "consent", "pointer", "code"),
        [
            (replace(TERMS, party="stranger"), LESSEE, "/recipient", "recipient_is_no_party"),
            (replace(TERMS, party="lessee"), LESSEE, "/recipient", "recipient_is_no_party"),
            (replace(JOB, party="maker"), LESSEE, "/recipient", "recipient_is_no_party"),
            (replace(TERMS, kind="ORDER"), LESSEE, "/recipient", "recipient_is_no_party"),
            (replace(TERMS, categories=()), LESSEE, "/categories", "data_missing"),
            (replace(TERMS, categories=("weather",)), LESSEE, "/categories/0", "unknown_cell"),
            (replace(TERMS, right="write"), LESSEE, "/right", "right_not_known"),
            (replace(TERMS, right="read"), LESSEE, "/interval", "interval_not_needed"),
            (replace(TERMS, interval=None), LESSEE, "/interval", "interval_missing"),
            (replace(TERMS, interval="PT7M"), LESSEE, "/interval", "interval_missing"),
            (replace(TERMS, interval="PT5M"), LESSEE, "/interval", "interval_below_least"),
            (replace(TERMS, right="read", interval=None), LESSEE, "/right", "more_than_may_be_got"),
            (replace(TERMS, purpose="residual_value"), LESSEE, "/purpose", "purpose_not_of_cell"),
            (replace(TERMS, purpose="curiosity"), LESSEE, "/purpose", "purpose_not_known"),
            (replace(TERMS, purpose="insight_user_economics"), LESSEE, "/purpose", "purpose_never_allowed"),
            (TERMS, frozenset({"owner"}), "/consent", "consent_missing"),
            (OWNERS, frozenset({"owner"}), "/consent", "consent_missing"),
            (replace(OWNERS, categories=("process_parameters",)), LESSEE, "/right", "never_to_be_granted"),
            (replace(OWNERS, categories=("operator_data",)), LESSEE, "/right", "never_to_be_granted"),
            (replace(TERMS, categories=("operator_data",)), LESSEE, "/right", "never_to_be_granted"),
            (replace(TERMS, categories=("billing_counters",)), LESSEE, "/right", "not_to_be_widened"),
            (replace(JOB, categories=("operator_data",)), LESSEE, "/right", "not_to_be_widened"),
            (replace(JOB, categories=("process_parameters",)), LESSEE, "/categories", "not_enforceable"),
            (replace(JOB, reference=""), LESSEE, "/reference", "job_missing"),
            (replace(ORDER, authority=""), LESSEE, "/reference", "order_missing"),
            (replace(ORDER, ordered_on=None), LESSEE, "/reference", "order_missing"),
            (replace(ORDER, categories=("energy",)), LESSEE, "/right", "not_on_order"),
            (replace(ORDER, categories=("derived_benchmarks",)), LESSEE, "/right", "not_on_order"),
            (replace(DIAGNOSIS, lasts=299), LESSEE, "/lasts", "diagnosis_length"),
            (replace(DIAGNOSIS, lasts=86_401), LESSEE, "/lasts", "diagnosis_length"),
            (replace(DIAGNOSIS, categories=("energy",)), LESSEE, "/categories", "diagnosis_is_condition"),
            (replace(TERMS, generated=None), LESSEE, "/generated", "generated_missing"),
            (replace(TERMS, readable=None), LESSEE, "/readable", "readable_missing"),
            (replace(TERMS, readable=Period(START, None)), LESSEE, "/readable", "readable_missing"),
            (
                replace(TERMS, readable=Period(START, START + 367 * DAY)),
                LESSEE,
                "/readable",
                "readable_too_long",
            ),
        ],
    )
    def test_each_is_found_at_its_field(self, terms, consent, pointer, code):
        assert (pointer, code) in codes(terms, consent)

    def test_a_place_instead_of_a_track_cannot_be_made(self):
        job = replace(JOB, categories=("location",), right="read_aggregate", interval="P1D")

        assert codes(job) == {("/categories", "not_enforceable")}

    @pytest.mark.parametrize("terms", [TERMS, OWNERS], ids=lambda one: one.party)
    def test_a_competitor_gets_hours(self, terms):
        assert codes(replace(terms, interval="PT15M"), competitor=True) == {
            ("/interval", "interval_below_least")
        }
        assert codes(replace(terms, interval="PT1H"), competitor=True) == set()

    def test_a_competitor_gets_no_counts_and_no_single_readings_but_in_a_diagnosis(self):
        counts = replace(OWNERS, categories=("production_counts",), interval="P1D")

        assert codes(counts, competitor=True) == {("/categories", "competitor_counts")}
        raw = replace(OWNERS, right="read", interval=None)
        assert codes(raw, competitor=True) == {("/right", "competitor_raw")}
        assert codes(DIAGNOSIS, competitor=True) == set()


class TestDigest:
    def test_is_of_everything_that_is_agreed(self):
        changes = [
            {"recipient": "org_x"},
            {"equipment": "eqp_x"},
            {"agreement": None},
            {"categories": ("energy",)},
            {"right": "read"},
            {"purpose": "safety_recall"},
            {"interval": "PT1H"},
            {"generated": Period(START, None)},
            {"readable": Period(START, START + DAY)},
            {"lasts": 60},
            {"reference": "x"},
            {"authority": "x"},
            {"ordered_on": date(2026, 1, 1)},
            {"kind": "ORDER"},
            {"party": "owner"},
        ]

        assert len({digest(TERMS), *(digest(replace(TERMS, **one)) for one in changes)}) == len(changes) + 1

    def test_is_the_same_in_every_zone(self):
        east = Period(START.astimezone(), MADE.end.astimezone())

        assert digest(replace(TERMS, generated=east)) == digest(TERMS)


def granted(**more):
    given = {
        "id": "gra_1",
        "kind": Kind.LESSEE_CONSENT,
        "categories": frozenset({"machine_condition"}),
        "right": "read",
        "purpose": "maintenance",
        "interval": None,
        "generated": MADE,
        "readable": OPEN,
    }
    return Granted(**(given | more))


def ask(*grants, party="service_provider", category="machine_condition", purpose="maintenance", **more):
    given = {"at": NOW, "generated": START + DAY} | more
    return decide(Question(Party(party), category, purpose, grants=grants, **given))


class TestDecide:
    def test_a_suspended_agreement_leaves_orders_alone(self):
        consent, ordered = granted(), granted(kind=Kind.ORDER)

        refused = ask(consent, suspended=True)

        assert (refused.effect, refused.reason) == (Effect.DENY, "agreement_suspended")
        assert ask(ordered, party="regulator", suspended=True).effect is Effect.RAW
        assert ask(consent, ordered, suspended=True).basis == ("lawful_order",)

    def test_a_grant_gives_what_it_says(self):
        found = ask(granted())

        assert (found.effect, found.rule, found.basis) == (Effect.RAW, "grant:gra_1", ("consent",))

    def test_figures_are_never_finer_than_the_grant_or_the_least(self):
        for interval, floor in (
            (60 * SECOND, grants.QUARTER),
            (grants.HOUR, grants.HOUR),
            (None, grants.QUARTER),
        ):
            one = granted(right="read_aggregate", interval=interval)
            assert ask(one, party="maker").interval == floor
            assert ask(one, party="maker", interval=SECOND).interval == floor

    @pytest.mark.parametrize(
        ("one", "more", "reason"),
        [
            ({}, {"at": OPEN.end}, "consent_ended"),
            ({}, {"at": OPEN.start - timedelta(microseconds=1)}, "outside_time_box"),
            ({}, {"generated": MADE.end}, "outside_time_box"),
            ({}, {"generated": START - timedelta(microseconds=1)}, "outside_time_box"),
            ({}, {"purpose": "warranty"}, "other_purpose"),
            ({}, {"at": None}, "outside_time_box"),
            ({"withdrawn_at": NOW}, {}, "consent_withdrawn"),
            ({}, {"category": "energy"}, "needs_consent"),
            ({}, {"purpose": "curiosity"}, "unknown_purpose"),
        ],
    )
    def test_a_refusal_says_what_is_missing(self, one, more, reason):
        found = ask(granted(**one), **more)

        assert (found.effect, found.reason) == (Effect.DENY, reason)

    def test_it_holds_to_the_microsecond(self):
        tick = timedelta(microseconds=1)

        assert ask(granted(), at=OPEN.end - tick, generated=MADE.end - tick).effect is Effect.RAW
        assert ask(granted(), at=OPEN.end, generated=MADE.end - tick).reason == "consent_ended"

    def test_it_stays_withdrawn_whatever_the_clock_says(self):
        assert ask(granted(withdrawn_at=NOW + DAY)).reason == "consent_withdrawn"

    @pytest.mark.parametrize("category", ["process_parameters", "operator_data"])
    @pytest.mark.parametrize("party", ["owner", "maker"])
    def test_a_hard_prohibition_wins_whatever_was_signed(self, party, category):
        found = ask(granted(categories=frozenset({category})), party=party, category=category)

        assert found.reason == "hard_prohibition"

    def test_a_stranger_gets_nothing_by_it(self):
        assert ask(granted(), party="stranger").reason == "not_a_party"

    def test_an_order_rests_on_law(self):
        assert ask(granted(kind=Kind.ORDER), party="regulator").basis == ("lawful_order",)

    def test_the_better_of_two_grants_is_taken(self):
        ended = granted(id="gra_old", readable=Period(START, START + DAY))
        coarse = granted(id="gra_coarse", right="read_aggregate", interval=grants.HOUR)

        assert ask(ended, coarse, party="maker").rule == "grant:gra_coarse"
        assert ask(coarse, granted()).rule == "grant:gra_1"

    def test_an_owner_keeps_what_the_table_gives_when_its_grant_is_over(self):
        one = granted(readable=Period(START, START + DAY))

        found = ask(one, party="owner", purpose="asset_protection")

        assert (found.effect, found.rule) == (Effect.AGGREGATE, "machine_condition.owner")

    def test_an_hour_by_consent_is_finer_than_one_figure_for_the_whole_lease(self):
        one = granted(
            categories=frozenset({"production_counts"}),
            right="read_aggregate",
            purpose="billing_if_priced_per_part",
            interval=grants.HOUR,
        )
        found = ask(
            one,
            party="owner",
            category="production_counts",
            purpose="billing_if_priced_per_part",
            billing_channel=True,
        )

        assert found.interval == grants.HOUR

    @pytest.mark.parametrize(
        ("category", "purpose", "reason"),
        [
            ("production_counts", "billing_if_priced_per_part", "competitor_counts"),
            ("machine_condition", "asset_protection", "competitor_counts"),
            ("energy", "asset_protection", "cell_grants_aggregate"),
            ("energy", "billing_if_energy_priced", "not_priced_by_it"),
            ("billing_counters", "billing", "cell_grants_raw"),
        ],
    )
    def test_a_competing_owner_gets_no_counts_but_those_of_bills(self, category, purpose, reason):
        rival = {"party": "owner", "counts": True, "competitor": True}
        rival |= {"billing_channel": category == "billing_counters"}

        assert ask(category=category, purpose=purpose, **rival).reason == reason

    def test_a_competing_owner_gets_hours_of_the_condition_and_no_alarm_windows(self):
        found = ask(party="owner", purpose="asset_protection", competitor=True, alarmed=True)

        assert (found.effect, found.interval, found.rule) == (Effect.AGGREGATE, grants.HOUR, "competitor")

    def test_a_competing_maker_gets_hours_and_no_counts(self):
        one = granted(right="read_aggregate", interval=grants.QUARTER, competitor=True)

        assert ask(one, party="maker").interval == grants.HOUR
        assert ask(one, party="maker", counts=True).reason == "competitor_counts"
        assert ask(one, party="service_provider", counts=True).effect is Effect.AGGREGATE


class TestState:
    @pytest.mark.parametrize(
        ("at", "more", "state"),
        [
            (NOW, {"given_at": None}, State.ASKED),
            (OPEN.end, {"given_at": None}, State.LAPSED),
            (NOW, {"given_at": None, "readable": None}, State.ASKED),
            (NOW, {"given_at": None, "refused_at": NOW}, State.REFUSED),
            (NOW, {}, State.OPEN),
            (OPEN.start - DAY, {}, State.WAITING),
            (OPEN.end, {}, State.ENDED),
            (NOW, {"withdrawn_at": NOW}, State.WITHDRAWN),
        ],
    )
    def test_is_computed_from_the_time(self, at, more, state):
        given = {"readable": OPEN, "given_at": START, "refused_at": None, "withdrawn_at": None}

        assert grants.state(at=at, **(given | more)) == state

    def test_a_job_is_read_for_seven_days_after_its_close(self):
        assert grants.readable_until(OPEN.end, START) == START + 7 * DAY
        assert grants.readable_until(OPEN.end, OPEN.end) == OPEN.end
        assert grants.readable_until(OPEN.end, None) == OPEN.end
