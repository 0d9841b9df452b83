"""The table under "Tariffs" in ``docs/billing.md``, as it stands, is what readings and rules make."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.actions import invoices
from billing.models import Invoice, UsageWindow
from billing.queries import charged, earlier_totals, running_cost, spread_of, usage_sets
from devices.actions import devices
from marketplace.rules.pricing import PricePlan
from marketplace.rules.pricing.spread import total
from marketplace.shared.period import Period
from tests import once
from tests.billing import world
from tests.billing.bundles import papers
from tests.marketplace.rules.pricing.plans import base, document, fee, hours, parts
from tests.marketplace.rules.pricing.timed import band, energy, highest

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")
HOUR = timedelta(hours=1)
ROOT = world.ROOT
RULE = {"version": 1, "channel": "pexecution"}
RULES = [
    RULE | {"meter": "run_time", "states": ["ACTIVE"]},
    RULE | {"meter": "parts", "counter": "ppartcount"},
    RULE | {"meter": "power", "gauge": "kw"},
    RULE | {"meter": "load_time", "gauge": "kw", "above": "50"},
]
PEAKS = [
    band("尖", "19:00", "21:00", factor="2"),
    band("峰", "09:00", "12:00", factor="1.5"),
    band("晚峰", "17:00", "19:00", factor="1.5"),
    band("谷", "23:00", "07:00", factor="0.4"),
]
NIGHT = band("夜班", "22:00", "06:00", factor="1.5", days=["mon", "tue", "wed", "thu", "fri"])
ELECTRIC = {"meter": "power", "unit": "kWh"}
PLAN = document(
    base("1000"),
    {**energy("60", bands=[NIGHT]), "id": "run", "meter": "run_time", "unit": "h"},
    {**hours("8", id="load"), "meter": "load_time"},
    parts("2", included="20", included_per="day"),
    energy("0.60", bands=PEAKS, **ELECTRIC),
    highest("38", window="quarter", demand=True, **ELECTRIC),
    fee("0.03"),
    minimum="5000",
    cap="9000",
)
SAID = [
    (0, "kw", 40),
    (0, "pexecution", "ACTIVE"),
    (0, "ppartcount", 0),
    (3, "kw", 20),
    (8, "kw", 60),
    (12, "kw", 10),
    (22, "kw", 0),
    (22, "pexecution", "READY"),
    (22, "ppartcount", 120),
]


@once.fixture
def worked():
    """Return a machine that ran from nine to seven, under a plan that has everything."""
    scene = world.build("okuma", count_rules=RULES, price_plan=PLAN)
    about = {"category": "machine_condition", "retention": "EVIDENCE", "kind": "GAUGE"}
    channel = {"key": "kw", "name": "kw", "name_zh": "kw"} | about
    devices.add_channels(device=scene.device, channels=[channel], by=scene.owner, at=NINE - 24 * 9 * HOUR)
    scene.say(
        *((n, NINE + passed * HOUR, key, value) for n, (passed, key, value) in enumerate(SAID, start=1))
    )
    return scene


def table():
    """Return the rows of the worked example in the documentation: component, net."""
    text = (ROOT / "docs" / "billing.md").read_text(encoding="utf-8")
    section = text.split("### Worked: one plan with everything\n", 1)[1].split("\n#", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return [(cells[0].strip(" `"), cells[-1].strip().replace(",", "")) for cells in rows]


def test_the_worked_example_is_billed_and_counted_again(worked, tmp_path):
    rent = papers.bill(worked, DUE)

    lines = [
        (line.component, str(line.net.amount))
        for invoice in Invoice.objects.issued().order_by("pk")
        for line in invoice.lines.all()
    ]
    assert lines == table()
    power = rent.lines.get(component="power")
    assert [step["numbers"].get("name") for step in power.steps if step["step"] == "band"] == [
        "尖",
        "峰",
        "晚峰",
        "谷",
    ]
    (tmp_path / "bundle.zip").write_bytes(papers.packed(rent, worked))
    code, said = papers.verify(tmp_path / "bundle.zip")
    assert code == 0, said
    found = papers.Papers(papers.packed(rent, worked))
    found.change("windows.json", lambda document: document["sets"].pop())
    assert found.recheck()


def test_when_it_was_counted_costs_one_query(worked):
    invoices.bill(lease=worked.lease, at=DUE, by=worked.clock)
    period = Invoice.objects.earliest("pk").period
    sets = list(usage_sets(worked.lease, period))

    with CaptureQueriesContext(connection) as asked:
        found = spread_of(worked.lease, period, sets)

    assert len(asked) == 1
    assert {meter: total(slices) for meter, slices in found.slices.items()} == {
        meter: sum(one.quantity for one in sets if one.meter == meter)
        for meter in ("run_time", "parts", "power")
    }
    assert len(found.slices["run_time"]) == 22 * 4
    assert (
        running_cost(worked.lease, NINE).charge.total()
        == charged(worked.lease, period, sets, final=False).total()
    )


def test_what_is_held_is_in_no_band(worked):
    """The counter fell in the morning and nothing explained it: what it says since is held."""
    worked.say((20, NINE + 23 * HOUR, "ppartcount", 90))
    invoices.bill(lease=worked.lease, at=DUE, by=worked.clock)
    period = Invoice.objects.earliest("pk").period
    sets = list(usage_sets(worked.lease, period))

    assert UsageWindow.objects.filter(set__in=sets, held=True).exists()
    assert total(spread_of(worked.lease, period, sets).slices["parts"]) == 120


def test_a_plan_without_times_asks_nothing(by_part):
    with CaptureQueriesContext(connection) as asked:
        assert spread_of(by_part.lease, Period(NINE, DUE), []) is None

    assert not asked.captured_queries


@once.fixture
def three_months():
    """Return a lease of which 60, 30 and 50 parts were made in July, August and September."""
    plan = document(parts("10", included="100", included_per="term"))
    scene = world.build("hurco01", price_plan=plan)
    july, august, september = (world.midnight(f"2026-0{month}-05") + 9 * HOUR for month in (7, 8, 9))
    counts = [(july, 0), (july + HOUR, 60), (august, 90), (september, 140)]
    scene.say(*((n, moment, "Part_Count", count) for n, (moment, count) in enumerate(counts, start=1)))
    return scene


def net(scene):
    """The rent of each period so far."""
    found = Invoice.objects.filter(seller=scene.lessor).order_by("period_start")
    return [invoice.net_minor for invoice in found]


class TestEarlierPeriods:
    def test_use_up_what_the_term_includes(self, three_months, tmp_path):
        invoices.bill(lease=three_months.lease, at=world.midnight("2026-10-02"), by=three_months.clock)

        assert net(three_months) == [0, 0, 400_00]  # 140 parts, of which 100 are free
        papers.seal(three_months)
        last = Invoice.objects.get(net_minor=400_00)
        (tmp_path / "bundle.zip").write_bytes(papers.packed(last, three_months))
        code, said = papers.verify(tmp_path / "bundle.zip")
        assert code == 0, said
        assert "what earlier periods used of parts, 60, 30, as stated" in said
        assert papers.verify(tmp_path / "bundle.zip", "--strict")[0] == 1
        forged = papers.Papers(papers.packed(last, three_months))
        forged.change("windows.json", lambda document: document["earlier"].update(parts=["60", "10"]))
        assert any(text.startswith("DIFFERS line") for text in forged.recheck())

    def test_leave_what_they_did_not_use(self, three_months):
        lease = three_months.lease
        invoices.bill(lease=lease, at=world.midnight("2026-10-02"), by=three_months.clock)
        plan = PricePlan.parse(document(parts("10", included="50", included_rolls=True)))
        periods = [invoice.period for invoice in Invoice.objects.order_by("period_start")]

        assert [
            charged(lease, period, list(usage_sets(lease, period)), final=True, plan=plan).total().amount
            for period in periods
        ] == [100, 0, 0]
        assert earlier_totals(lease, periods[2], ["parts"]) == {"parts": [60, 30]}
        assert earlier_totals(lease, periods[0], ["parts"]) == {"parts": []}
        assert earlier_totals(lease, periods[2], []) == {}
        before = world.midnight("2026-07-01")
        assert earlier_totals(lease, periods[2], ["parts"], known_at=before) == {"parts": [0, 0]}
