"""No segmenting lets a reader see a datum outside its rights."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules.parties import Party, party_of
from devices.ownership.rules.segments import Lending, Tenure, segments
from marketplace.shared.period import Period

START = datetime(2026, 3, 1, tzinfo=UTC)
EDGES = st.lists(st.integers(0, 500), unique=True, min_size=2, max_size=10).map(sorted)


def moment(step):
    return START + timedelta(microseconds=step)


@st.composite
def histories(draw):
    edges = draw(EDGES)
    pieces = list(itertools.pairwise(edges))
    leased = [piece for piece in pieces if draw(st.booleans())]
    return [
        Lending(f"agr_{n}", 1, Period(moment(a), moment(b)), "eqp", "owner", draw(st.sampled_from("AB")))
        for n, (a, b) in enumerate(leased)
    ]


@given(
    histories(),
    st.lists(st.integers(0, 499), max_size=20),
    st.integers(0, 300),
    st.integers(1, 200),
    st.sampled_from(["A", "B", "owner", "other"]),
)
def test_a_reader_meets_each_datum_on_the_side_it_had_when_it_was_generated(
    lendings, data, start, length, reader
):
    asked = Period(moment(start), moment(start + length))
    tenure = Tenure(Period(START, None), "eqp", "owner")

    found = segments(asked, device_owner="owner", tenures=[tenure], lendings=lendings)

    assert found[0].period.start == asked.start and found[-1].period.end == asked.end
    for at in (moment(step) for step in data):
        holding = [segment for segment in found if segment.period.contains(at)]
        assert len(holding) == asked.contains(at)
        true = next((one.lessee for one in lendings if one.period.contains(at)), None)
        for segment in holding:
            side = party_of(reader, "SME", owner=segment.owner, lessee=segment.lessee)
            expected = {true: Party.LESSEE, "owner": Party.OWNER}.get(reader, Party.STRANGER)
            assert side is expected


def test_an_unbound_device_speaks_for_its_owner():
    lending = Lending("agr", 1, Period(START, None), "eqp", "owner", "A")

    (found,) = segments(Period(START, moment(9)), device_owner="maker", tenures=[], lendings=[lending])

    assert (found.owner, found.lessee) == ("maker", None)
