"""What a need asks and how a machine meets it, in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from marketplace.models import Need, Organization
from marketplace.rules import categories
from marketplace.rules.matching import About, Reason, Verdict
from marketplace.rules.regions import name_of
from marketplace.rules.search.concepts import concepts
from marketplace.web.figures import money_text, number_text, unit_text

ABOUT = {
    About.KIND: gettext_lazy("Kind of machine"),
    About.REQUIREMENT: gettext_lazy("Condition"),
    About.MATERIAL: gettext_lazy("Material"),
    About.DAYS: gettext_lazy("Days"),
    About.REGION: gettext_lazy("Region"),
    About.DISTANCE: gettext_lazy("Distance"),
    About.BUDGET: gettext_lazy("Budget"),
}
VERDICTS = {
    Verdict.MEETS: (gettext_lazy("fits"), "run"),
    Verdict.NEARLY: (gettext_lazy("nearly fits"), "idle"),
    Verdict.UNKNOWN: (gettext_lazy("not known"), "off"),
    Verdict.MISSES: (gettext_lazy("does not fit"), "fault"),
}

CITY = 4  # digits of a region code that name a city


def reason_rows(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Return reasons as rows of a table."""
    return [
        {
            "about": ABOUT[one.about],
            "asked": _asked(one),
            "found": _found(one),
            "verdict": VERDICTS[one.verdict][0],
            "badge": VERDICTS[one.verdict][1],
            "cost": one.cost,
        }
        for one in reasons
    ]


def need_rows(need: Need, reader: Organization) -> list[dict[str, Any]]:
    """Return what a need says as facts for its reader; what the poster hides is left out."""
    flexible = _("{n} days earlier or later are fine").format(n=need.flexible_days)
    days = f"{_day(need.starts_on)} – {_day(need.last_day)}"
    rows = [
        (_("Posted by"), need.poster.name if need.names_poster_to(reader) else _("named once you answer")),
        (_("Kind of machine"), " · ".join(kind_words(kind) for kind in need.kinds)),
        (_("Number of parts"), f"{number_text(need.quantity)} {unit_text('part')}"),
        (
            _("Machine hours that you expect"),
            "" if need.hours is None else f"{number_text(need.hours)} {unit_text('hour')}",
        ),
        (_("Material"), need.material),
        (_("Days"), f"{days} · {flexible}" if need.flexible_days else days),
        (_("Conditions"), " · ".join(need.requirements)),
        (_("Region"), region_words(need.region) if need.region else ""),
        (_("Not farther than (km)"), "" if need.km is None else number_text(need.km)),
        (_("Budget"), _budget(need) if need.budget_shown or need.poster_id == reader.pk else ""),
        (_("Open to"), need.chain.name if need.chain else _("Everybody")),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def kind_words(token: str) -> str:
    """Return the name of a kind of machine in the reader's language."""
    is_chinese = (get_language() or "").startswith("zh")
    kind, _sign, code = token.partition(":")
    if kind == "k":
        node = categories.category(code)
        return node.name_zh if is_chinese else node.name
    words = concepts()[code].words
    fitting = [word for word in words if word.isascii() is not is_chinese]
    return (fitting or list(words))[0]


def region_words(code: str) -> str:
    """Name a region as its reader does."""
    return name_of(code, is_chinese=(get_language() or "").startswith("zh"))


def _asked(one: Reason) -> str:
    if one.about is About.KIND:
        return kind_words(one.asked)
    if one.about is About.REGION:
        return region_words(one.asked)
    if one.about is About.DAYS:
        return ngettext("{n} day", "{n} days", int(one.asked)).format(n=one.asked)
    if one.about is About.DISTANCE:
        return _("{km} km").format(km=one.asked)
    return money_text(int(one.asked), "CNY") if one.about is About.BUDGET else one.asked


def _found(one: Reason) -> str:
    if not one.found:
        return "–"
    if one.about is About.KIND:
        return kind_words(one.found)
    if one.about is About.DAYS:
        return _shift(one.found)
    if one.about is About.REGION:
        return region_words(one.found[: max(len(one.asked), CITY)])  # no closer than what was asked
    if one.about is About.DISTANCE:
        return _("{km} km").format(km=one.found)
    return money_text(int(one.found), "CNY") if one.about is About.BUDGET else one.found


def _shift(found: str) -> str:
    if found.startswith("<"):
        return _("let for {n} days at least").format(n=found[1:])
    move = int(found)
    if move == 0:
        return _("free on these days")
    words = _("free {n} days later") if move > 0 else _("free {n} days earlier")
    return words.format(n=abs(move))


def _budget(need: Need) -> str:
    if need.budget_minor is None:
        return ""
    return f"{money_text(need.budget_minor, 'CNY')} {need.get_budget_per_display()}"


def _day(day: Any) -> str:
    return date_format(day, "DATE_FORMAT")
