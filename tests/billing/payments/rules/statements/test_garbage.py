"""Whatever the bytes are, a statement or a reason: never another error, and never for long."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.payments.rules.statements import reading
from billing.payments.rules.statements.dialects import Dialect
from billing.payments.rules.statements.parsed import MOST_FLAWS, ReadFile, Unreadable
from tests.billing.payments.rules.statements import samples
from tests.rounds import tries

NAMES = [*samples.PUBLIC, *samples.SCENARIO.values(), samples.OVERLAP]
FILES = {name: samples.sample(name) for name in NAMES}
ENCODINGS = ("utf-8", "gb18030", "utf-16", "utf-16-le", "latin-1")
PLACED = Dialect(columns={"booked_on": ("#1",), "debit": ("#4",), "credit": ("#5",), "memo": ("#2", "#90")})


def tried(data, dialect=None):
    """Read, and look at what the rest of the house looks at."""
    try:
        found = reading.read(data, dialect)
    except Unreadable as error:
        assert error.flaws
        return None
    assert isinstance(found, ReadFile)
    for each in found.statements:
        assert len(each.flaws) <= MOST_FLAWS
        if not each.flaws:
            assert all(line.amount_minor is not None and line.booked_on for line in each.booked)
            assert each.total_minor == sum(line.amount_minor for line in each.booked)
            _ = each.balances, each.difference_minor
        for line in each.lines:
            assert (
                "\x00"
                not in f"{line.raw}{line.memo}{line.counterparty}{line.bank_ref}{line.counterparty_account}"
            )
            assert len(line.memo) <= 500
    return found


@st.composite
def spoiled(draw):
    data = bytearray(FILES[draw(st.sampled_from(NAMES))])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        until = min(len(data), place + draw(st.integers(0, 200)))
        match draw(st.sampled_from(["cut", "drop", "double", "change", "insert", "lines"])):
            case "cut":
                del data[place:]
            case "drop":
                del data[place:until]
            case "double":
                data[place:place] = data[place:until]
            case "change":
                data[place:until] = draw(st.binary(max_size=20))
            case "insert":
                data[place:place] = draw(
                    st.sampled_from([b"\x00", b":61:", b"<Ntry>", b",,", b'"', b"-1", b"\xff\xfe", b"</"])
                )
            case "lines":
                data = bytearray(b"\n".join(draw(st.permutations(bytes(data).split(b"\n")[:40]))))
    return bytes(data)


@settings(max_examples=tries(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=spoiled())
def test_a_spoiled_file_is_read_or_refused(data):
    tried(data)


@settings(max_examples=tries(150), deadline=None)
@given(
    data=st.binary(max_size=400),
    head=st.sampled_from(
        [b"", b":20:\n:61:", b"OFXHEADER", b"PK\x03\x04", b"<BkToCstmrStmt>", "日期,借方,贷方\n".encode()]
    ),
)
def test_garbage_is_refused(data, head):
    tried(head + data)
    tried(head + data, PLACED)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_written_anew_is_read_or_refused(name, encoding):
    source = FILES[name].decode("gb18030" if name.endswith("gb18030.csv") else "utf-8", "replace")
    tried(source.encode(encoding, "replace"))


BIG = {
    "details": b":20:A\n:25:1\n:60F:C261101EUR0,\n:61:261101C1,NTRFX\n" + b":86:a\n" * 300_000,
    "broken lines": b":20:A\n:25:1\n:60F:C261101EUR0,\n" + b":61:x\n" * 60_000,
    "one tag": b":20:A\n:61:" + b"?20" * 500_000,
    "elements": b"<Document><BkToCstmrStmt><Stmt><Ntry>" + b"<a/>" * 500_000,
    "depth": b"<Document><BkToCstmrStmt><Stmt>" + b"<a>" * 500_000,
    "groups": b"<OFX><STMTRS>" + b"<PAYEE>" * 300_000,
    "cdata": b"<OFX><STMTRS><STMTTRN>" + b"<![CDATA[" * 200_000,
    "open tags": b"<OFX>" + b"<" * 2_000_000,
    "commas": b"," * 2_000_000,
    "rows": "日期,借方,贷方\n".encode() + b"1,1,1\n" * 202_000,
    "headings": ("日期,借方,贷方," * 20_000).encode() + b"\n" + b"20261105,1,\n" * 60,
}


@pytest.mark.parametrize("name", BIG)
def test_a_hostile_file_costs_seconds(name):
    start = time.process_time()
    tried(BIG[name])

    assert time.process_time() - start < 30, "a bound of sanity: minutes would be a fault"
