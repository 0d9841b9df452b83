"""
The data notice in words; whoever shows it gives the function that translates.

Words depend on the document alone, so both sides read the same of the same digest.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from devices.ownership.rules import intervals
from devices.ownership.rules.explanations import CATEGORIES, EFFECTS, PARTIES, REASONS
from devices.ownership.rules.sentences import INTERVALS, Translate, listed, purpose_words
from marketplace.rules.msgids import gettext_noop

PLACES = {"CN": gettext_noop("mainland China, on the servers of the platform")}
KINDS = {
    "STATE": gettext_noop("states"),
    "COUNTER": gettext_noop("counters"),
    "GAUGE": gettext_noop("measured values"),
    "TEXT": gettext_noop("texts"),
    "CONDITION": gettext_noop("alarms and conditions"),
}
KEPT = {
    "years": gettext_noop("what proves bills: {years} years after the lease"),
    "days": gettext_noop(
        "until {days} days after the lease, unless you have it erased earlier or put that off"
    ),
}
ERASURE = {
    True: gettext_noop("You may have it erased; what proves a bill stays."),
    False: gettext_noop("It proves bills and cannot be erased before they may be."),
}
WAYS = (
    (
        gettext_noop("How to get the data"),
        gettext_noop(
            "On the page of the device, and over REST at the address that stands with it: free of charge, at "
            "full resolution, as soon as anybody has them, from the handover until they are erased after the "
            "lease; or all of your time in one file, to take along."
        ),
    ),
    (
        gettext_noop("How to have data erased or given to others"),
        gettext_noop(
            "On the page of data rights you see each right; ask there, or write to the platform. You may "
            "have your data given to a third party of your choice (EU Data Act, Article 5)."
        ),
    ),
    (
        gettext_noop("How to change or stop it"),
        gettext_noop(
            "You may propose other terms, and suspend the agreement at any time on its page: then others "
            "read billing counters alone. It ends with the lease; what was reported until then stays yours."
        ),
    ),
    (
        gettext_noop("Trade secrets"),
        gettext_noop(
            "Programs and process parameters are yours. No contract may give them to the lessor or the maker."
        ),
    ),
    (
        gettext_noop("How to complain"),
        gettext_noop(
            "To the lessor, then to the platform; every read is on record there. You may also turn to the "
            "authorities for data and market regulation (EU Data Act, Article 38)."
        ),
    ),
)
SIZES = ((1_000_000, gettext_noop("{size} MB")), (1000, gettext_noop("{size} KB")))
LESS = gettext_noop("less than 1 KB")
VOLUME = gettext_noop("about {readings} readings, {size} a day")
SAYS = {
    "whole": gettext_noop("figures for {interval}"),
    "figures": gettext_noop("figures over {interval} or more"),
}


def place_words(document: Mapping[str, Any], translate: Translate) -> str:
    """Say where the data are stored; a place that is no known code stands as it was set."""
    place = str(document["place"])
    return translate(PLACES[place]) if place in PLACES else place


def device_rows(device: Mapping[str, Any], translate: Translate) -> list[dict[str, Any]]:
    """Return what a device reports, a row for each category."""
    return [_row(one, translate) for one in device["data"]]


def recipient_rows(document: Mapping[str, Any], translate: Translate) -> list[dict[str, str]]:
    """Return who besides the lessee gets what, and for which purposes."""
    return [
        {
            "party": translate(PARTIES[one["party"]]),
            "category": translate(CATEGORIES[one["category"]]),
            "gets": _gets(one, translate),
            "purposes": listed((purpose_words(each, translate) for each in one["purposes"]), translate),
        }
        for one in document["recipients"]
    ]


def way_rows(translate: Translate) -> list[tuple[str, str]]:
    """Return how to get, erase, stop, protect and complain."""
    return [(translate(title), translate(text)) for title, text in WAYS]


def _row(one: Mapping[str, Any], translate: Translate) -> dict[str, Any]:
    kinds = dict.fromkeys(channel["kind"] for channel in one["channels"])
    return {
        "category": translate(CATEGORIES[one["category"]]),
        "grade": one["grade"],
        "kinds": listed((translate(KINDS[kind]) for kind in kinds), translate),
        "channels": listed(_names(one["channels"]), translate),
        "formats": ", ".join(name.partition("/")[2].upper() for name in one["formats"]),
        "volume": _volume(one, translate),
        "kept": listed(dict.fromkeys(_kept(each, translate) for each in one["kept"]), translate),
        "erasure": translate(ERASURE[one["erasable"]]),
    }


def _kept(one: Mapping[str, Any], translate: Translate) -> str:
    return translate(KEPT["years" if "years" in one else "days"]).format(**one)


def _names(channels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for channel in channels:
        yield f"{channel['name']} ({channel['unit']})" if channel["unit"] else channel["name"]


def _volume(one: Mapping[str, Any], translate: Translate) -> str:
    size, total = translate(LESS), int(one["bytes_a_day"])
    for least, words in SIZES:
        if total >= least:
            size = translate(words).format(size=-(-total // least))
            break
    return translate(VOLUME).format(readings=f"{one['readings_a_day']:,}", size=size)


def _gets(one: Mapping[str, Any], translate: Translate) -> str:
    if one["effect"] != "AGGREGATE":
        return translate(EFFECTS["RAW"] if one["effect"] == "RAW" else REASONS[one["reason"]])
    micros = intervals.read(one["interval"])
    kind = "whole" if micros is None else "figures"
    return translate(SAYS[kind]).format(interval=translate(INTERVALS[micros or one["interval"]]))
