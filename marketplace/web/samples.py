"""Invented facts for ``/design/``: names of real length, awkward amounts, every state."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.shared.money import Money

MIDNIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)  # in Shanghai the 24th begins
MONDAY = date(2026, 11, 23)
FAMILIES = ("M1", "M2", "M3", "R1", "R2", "Q1", "B1", "W1", "U1")
COUNTS = (312, 298, 0, 325, 331, 340, 318, 296, 12, 0, 356, 362, 348, 371, 326)


class SampleForm(forms.Form):
    """One field of each sort, with its hint."""

    company = forms.CharField(label=gettext_lazy("Company name"), max_length=120)
    credit_code = forms.CharField(
        label=gettext_lazy("Unified social credit code"),
        help_text=gettext_lazy("18 characters, as on the licence."),
    )
    deposit = forms.DecimalField(label=gettext_lazy("Deposit"), decimal_places=2, max_value=1_000_000)
    parts = forms.IntegerField(label=gettext_lazy("Expected usage"), min_value=1)
    start = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    count_by = forms.ChoiceField(
        label=gettext_lazy("What is counted"),
        widget=forms.RadioSelect,
        choices=[("GOOD", gettext_lazy("good parts")), ("ALL", gettext_lazy("all parts"))],
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Category"),
        choices=[("M1", gettext_lazy("CNC cutting")), ("Q1", gettext_lazy("Inspection"))],
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    terms = forms.BooleanField(label=gettext_lazy("I have read the data terms"))


def samples() -> dict[str, Any]:
    """Return everything that the sections show."""
    form = SampleForm(
        {"company": "苏州市吴中区精诚精密机械加工有限公司", "credit_code": "91320506MA1XXXXX0", "parts": "0"}
    )
    form.is_valid()
    times, cards = _times(), _cards()
    figures = {"cost": Money(61_840, "CNY"), "credit": Money(-5, "CNY"), "large": Money(1_234_000, "CNY")}
    return {
        **figures,
        "zero": Money(0, "CNY"),
        "count": Decimal(326),
        "hours": Decimal("41.250000"),
        "share": Decimal("0.9640"),
        "unit_price": Decimal("0.6250"),
        "now": MIDNIGHT + timedelta(hours=14, minutes=20),
        "start": MIDNIGHT,
        "end": MIDNIGHT + timedelta(days=8),
        "day_of": MONDAY,
        "form": form,
        "fresh_form": SampleForm(),
        **times,
        **_lists(),
        **_leasing(),
        **cards,
        "card_with_days": {**cards["card"], "days": times["days"]},
        "families": FAMILIES,
    }


def _times() -> dict[str, Any]:
    plan = "off 0 7.5;idle 7.5 8;run 8 11.8;idle 11.8 13;run 13 13.6;fault 13.6 14.1;run 14.1 14.33"
    words = {"off": _("off"), "idle": _("idle"), "run": _("working"), "fault": _("fault")}
    spans = []
    for piece in plan.split(";"):
        kind, first, last = piece.split()
        start, end = (MIDNIGHT + timedelta(hours=float(hour)) for hour in (first, last))
        spans.append({"start": start, "end": end, "kind": kind, "label": words[kind]})
    kinds = "busy " * 17 + "buffer buffer " + "free " * 19 + "risk " * 3 + "busy " * 6 + "free " * 9
    days = [
        {"day": MONDAY + timedelta(days=n), "kind": kind, "label": ""} for n, kind in enumerate(kinds.split())
    ]
    flags = {8: "gap", 9: "gap", 13: "held", 14: "provisional"}
    bars = [
        {"day": date(2026, 11, 9) + timedelta(days=n), "value": Decimal(count), "flag": flags.get(n, "")}
        for n, count in enumerate(COUNTS)
    ]
    month = [{**day, "label": str(day["kind"]), "url": ""} for day in days[8:39]]
    return {"spans": spans, "days": days, "bars": bars, "month": month}


def _lists() -> dict[str, Any]:
    columns = [
        {"key": "number", "label": _("Invoice"), "url": "url", "sort": "number"},
        {"key": "lessee", "label": _("Lessee")},
        {"key": "label", "label": _("State"), "kind": "badge", "state": "state"},
        {"key": "quantity", "label": _("Usage"), "kind": "quantity", "unit": "unit"},
        {"key": "total", "label": _("Amount"), "kind": "money", "sort": "total"},
    ]
    names = ("苏州精诚精密机械有限公司", "常熟市东方模具注塑制品厂", "江南大学生物工程学院中试基地")
    states = (("PAID", _("paid")), ("OVERDUE", _("overdue")), ("ISSUED", _("issued")))
    amounts, used = (61_840, 1_250_00, 880_000), (("326", "part"), ("41.25", "hour"), ("4", "batch"))
    rows: list[dict[str, Any]] = [
        {
            "number": f"JJ-2026-{n + 117:05d}",
            "url": "#tables",
            "lessee": names[n],
            "state": states[n][0],
            "label": states[n][1],
            "quantity": Decimal(used[n][0]),
            "unit": used[n][1],
            "total": Money(amounts[n], "CNY"),
        }
        for n in range(3)
    ]
    totals = {"number": _("Total"), "total": Money.total([row["total"] for row in rows], "CNY")}
    chips = [{"label": "五轴", "url": "#filters"}, {"label": "行程 ≥ 500 mm", "url": "#filters"}]
    pages = {"previous": "", "next": "#filters", "words": "1–50 / 128"}
    return {"columns": columns, "rows": rows, "totals": totals, "chips": chips, "pages": pages}


def _cards() -> dict[str, Any]:
    card = {
        "url": "#cards",
        "family": "M1",
        "title": "五轴立式加工中心 DMU 50",
        "place": "苏州",
        "distance": "38 km",
        "owner": "苏州创元精密装备集团",
        "verified": True,
        "specs": "X 650 · Y 520 · Z 475 mm · 18,000 rpm",
        "price": _("from ¥0.62 a part"),
        "estimate": _("your usage about ¥618.40 with tax"),
        "free_words": _("free for 28 of the next 56 days"),
    }
    other = {
        **card,
        "family": "Q1",
        "title": "三坐标测量机 CONTURA 7/10/6",
        "specs": "700 × 1000 × 600 mm · MPE 1.5 µm",
    }
    return {"card": card, "other_card": other}


def _leasing() -> dict[str, Any]:
    ladder = [
        {"label": _("Usage"), "detail": _("329 good parts − 3 held"), "value": "326", "url": "#ladder"},
        {"label": _("Included"), "detail": "326 − 50", "value": "276"},
        {"label": _("Price"), "detail": "276 × ¥0.6250", "value": "¥172.50"},
        {"label": _("Minimum"), "detail": _("¥547.26 a month, once"), "value": "¥547.26"},
        {"label": _("Tax"), "detail": "¥547.26 × 13 %", "value": "¥71.14"},
    ]
    events = [
        {
            "at": MIDNIGHT,
            "who": "王建国",
            "what": _("Handed over"),
            "kind": "run",
            "evidence": [{"label": "交接单.pdf", "url": "#timeline"}],
        },
        {"at": MIDNIGHT - timedelta(days=3), "who": "李梅", "what": _("Approved"), "kind": "info"},
        {
            "at": MIDNIGHT - timedelta(days=5),
            "who": "张伟",
            "what": _("Requested"),
            "why": "订单高峰，急需五轴产能",
            "kind": "idle",
        },
    ]
    changes = [
        {"label": _("Price"), "before": "¥0.65", "after": "¥0.62"},
        {"label": _("Minimum"), "before": "¥500.00", "after": "¥500.00"},
        {"label": _("Last day"), "before": "2027-01-31", "after": "2027-02-28"},
    ]
    steps = [
        {"label": _("Dates and place"), "state": "done", "url": "#notices"},
        {"label": _("Usage and terms"), "state": "now", "note": _("about 2 minutes")},
        {"label": _("Check and send"), "state": "next"},
    ]
    operands = [
        {"name": _("Purpose"), "left": "billing", "sign": "=", "right": "billing", "held": True},
        {"name": _("Time"), "left": "2026-11-24", "sign": "<", "right": "2026-11-20", "held": False},
    ]
    specs = [
        {"label": _("Axes"), "value": "5"},
        {"label": _("Travel X"), "value": Decimal(650), "unit": "mm"},
        {"label": _("Spindle speed"), "value": Decimal(18000), "unit": "rpm"},
        {"label": _("Controller"), "value": "Heidenhain TNC 640"},
    ]
    return {
        "ladder_steps": ladder,
        "events": events,
        "changes": changes,
        "steps_of": steps,
        "operands": operands,
        "specs": specs,
    }
