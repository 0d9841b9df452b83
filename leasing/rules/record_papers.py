"""
A record of how a machine was as a paper: all that its document says, the other side's word, the platform's.

It depends on the document, its digest, the names that the contract fixed and what was said to it, so that the
same record gives the same file. Whoever prints it gives the function that translates; what counts is the
document behind the fingerprint.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from devices.ownership.rules.sentences import Translate
from leasing.rules.checklists import checklist
from leasing.rules.condition import Acceptance, Kind, Result
from leasing.rules.inspections import FindingKind, Found, findings_of
from leasing.rules.leases import Side
from leasing.rules.returns import DIFFERENCES, Wipe
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.papers import LACKS, Paper, Section, Table, moment_said
from marketplace.rules.pricing import words
from marketplace.shared.money import format_money

TITLES = {
    Kind.HANDOVER: gettext_noop("Record of a hand-over"),
    Kind.RETURN: gettext_noop("Record of a return"),
    Kind.INSPECTION: gettext_noop("Record of an inspection"),
}
LEAD = gettext_noop(
    "Written by one side; the other confirms it by its fingerprint, or objects with a reason."
)
FINGERPRINT = gettext_noop("SHA-256 fingerprint of this record: {digest}")
SIDES = {
    Side.LESSOR: gettext_noop("Lessor"),
    Side.LESSEE: gettext_noop("Lessee"),
    Side.PLATFORM: gettext_noop("Platform"),
}
RESULTS = {
    Result.OK: gettext_noop("in order"),
    Result.NOTE: gettext_noop("note"),
    Result.FAULT: gettext_noop("fault"),
}
ACCEPTANCES = {
    Acceptance.NOT_RUN: gettext_noop("not run"),
    Acceptance.PASSED: gettext_noop("passed"),
    Acceptance.FAILED: gettext_noop("failed"),
}
WIPES = {
    Wipe.WIPED: gettext_noop("wiped"),
    Wipe.NOT_WIPED: gettext_noop("not wiped"),
    Wipe.NO_MEMORY: gettext_noop("has no memory"),
}
FINDINGS = {
    FindingKind.WEAR: gettext_noop("wear from use as agreed"),
    FindingKind.DAMAGE: gettext_noop("damage"),
    FindingKind.MISSING: gettext_noop("missing"),
}
HEADINGS = {
    "what": gettext_noop("What was looked at"),
    "checklist": gettext_noop("Checklist"),
    "differences": gettext_noop("Otherwise than at the hand-over"),
    "findings": gettext_noop("Findings"),
    "photos": gettext_noop("Photos and their fingerprints"),
    "words": gettext_noop("What was said to it"),
}
LABELS = {
    "number": gettext_noop("Number"),
    "serial": gettext_noop("Serial number"),
    "moment": gettext_noop("Moment"),
    "place": gettext_noop("Place"),
    "counter": gettext_noop("Counter now"),
    "accessory": gettext_noop("Accessory"),
    "acceptance": gettext_noop("Acceptance run"),
    "training": gettext_noop("The people were trained"),
    "memory": gettext_noop("Memory of the machine"),
    "use": gettext_noop("Use ended"),
    "due": gettext_noop("Due back"),
    "note": gettext_noop("Note"),
    "writer": gettext_noop("Written by"),
}
ITEM = gettext_noop("Item")
COLUMNS = (ITEM, gettext_noop("Result"), gettext_noop("What is to be seen"))
OF_FINDINGS = (
    ITEM,
    gettext_noop("Finding"),
    gettext_noop("Estimate before tax"),
    SIDES[Side.LESSEE],
    SIDES[Side.LESSOR],
)
OF_PHOTOS = (ITEM, gettext_noop("Fingerprint"))
COLON = gettext_noop(": ")
YES, NO = gettext_noop("yes"), gettext_noop("no")
LATE = gettext_noop("came back late")
NOTHING = gettext_noop("Nothing.")
NOT_SAID = gettext_noop("Nothing was said to it yet.")
JOINT = "；"  # a record is printed in Chinese


@dataclass(frozen=True)
class Said:
    """One word on a record: by whom, when, ``what`` in the language of the paper, and the reason or words."""

    side: Side
    name: str
    organization: str
    what: str
    at: datetime
    text: str = ""


@dataclass(frozen=True)
class Written:
    """What stands beside the document: number of the lease, names of its sides, who wrote it, and when."""

    lease: str
    lessor: str
    lessee: str
    writer: str
    at: datetime
    zone: ZoneInfo


def paper(
    document: Mapping[str, Any],
    *,
    digest: str,
    written: Written,
    said: Sequence[Said],
    translate: Translate,
) -> Paper:
    """Say a record; times stand in the zone of the lease."""
    kind = Kind(document["kind"])
    names = {item.code: translate(item.text) for item in checklist(document["family"])}
    rows = [_row(one, names, translate) for one in document["checklist"]]
    return Paper(
        title=translate(TITLES[kind]),
        number=f"{written.lease}-{document['number']}",
        lead=translate(LEAD),
        made_at=written.at,
        sections=[
            _what(document, written, translate),
            Section(translate(HEADINGS["checklist"]), table=Table(_said(COLUMNS, translate), rows)),
            *_differences(document, names, translate),
            *_findings(document, names, translate),
            *_photos(document, names, translate),
            _words(said, written, translate),
        ],
        footer=translate(FINGERPRINT).format(digest=digest),
        lacks=translate(LACKS),
    )


def _what(document: Mapping[str, Any], written: Written, translate: Translate) -> Section:
    colon, writer = translate(COLON), translate(SIDES[Side(document["side"])])
    by = JOINT.join([writer, written.writer, moment_said(written.at, written.zone)])
    facts = [
        (translate(SIDES[Side.LESSOR]), written.lessor),
        (translate(SIDES[Side.LESSEE]), written.lessee),
        (translate(LABELS["number"]), f"{written.lease} · {document['number']}"),
        (translate(LABELS["serial"]), JOINT.join(document["serials"])),
        (translate(LABELS["moment"]), _moment_of(document["happened_at"], written.zone)),
        (translate(LABELS["place"]), document["place"] or "–"),
        *(
            (f"{translate(LABELS['counter'])}{colon}{translate(words.METERS[one['meter']])}", one["value"])
            for one in document["readings"]
        ),
        *(
            (f"{translate(LABELS['accessory'])}{colon}{name}", str(count))
            for name, count in sorted(document["accessories"].items())
        ),
        *((translate(LABELS[name]), text) for name, text in _more(document, written, translate)),
        (translate(LABELS["writer"]), by),
    ]
    return Section(translate(HEADINGS["what"]), facts)


def _more(document: Mapping[str, Any], written: Written, translate: Translate) -> Iterator[tuple[str, str]]:
    """Say what only records of some kind have."""
    if document["kind"] == Kind.HANDOVER:
        yield "acceptance", translate(ACCEPTANCES[Acceptance(document["acceptance"])])
        yield "training", translate(YES if document["trained"] else NO)
    if "data_wipe" in document:
        wipe = document["data_wipe"]
        yield (
            "memory",
            JOINT.join(one for one in (translate(WIPES[Wipe(wipe["state"])]), wipe["reason"]) if one),
        )
        yield "use", _moment_of(document["use_ended_at"], written.zone)
        if document["due_back_at"]:
            due = _moment_of(document["due_back_at"], written.zone)
            yield "due", JOINT.join([due, translate(LATE)]) if document["late"] else due
    if document["note"]:
        yield "note", document["note"]


def _row(one: Mapping[str, str], names: Mapping[str, str], translate: Translate) -> list[str]:
    return [names.get(one["item"], one["item"]), translate(RESULTS[Result(one["result"])]), one["text"]]


def _differences(
    document: Mapping[str, Any], names: Mapping[str, str], translate: Translate
) -> Iterator[Section]:
    if "differences" not in document:
        return
    known = dict(names) | {meter: translate(text) for meter, text in words.METERS.items()}
    said = [
        translate(DIFFERENCES[one["code"]]).format(**(one | {"name": known.get(one["name"], one["name"])}))
        for one in document["differences"]
    ]
    yield Section(translate(HEADINGS["differences"]), sentences=said or [translate(NOTHING)])


def _findings(
    document: Mapping[str, Any], names: Mapping[str, str], translate: Translate
) -> Iterator[Section]:
    if "findings" not in document:
        return
    heading = translate(HEADINGS["findings"])
    rows = [_finding(one, names, translate) for one in findings_of(document)]
    if rows:
        yield Section(heading, table=Table(_said(OF_FINDINGS, translate), rows, figures=3))
    else:
        yield Section(heading, sentences=[translate(NOTHING)])


def _finding(one: Found, names: Mapping[str, str], translate: Translate) -> list[str]:
    what = JOINT.join([translate(FINDINGS[one.kind]), one.text])
    sums = [format_money(sum_) for sum_ in (one.estimate, one.lessee_share, one.lessor_share)]
    return [f"{one.number}. {names.get(one.item, one.item)}", what, *sums]


def _photos(document: Mapping[str, Any], names: Mapping[str, str], translate: Translate) -> Iterator[Section]:
    """Name each photo by its fingerprint; the pictures stay where both sides can open them."""
    rows = [[names.get(one["item"], one["item"]) or "–", one["sha256"]] for one in document["photos"]]
    if rows:
        yield Section(translate(HEADINGS["photos"]), table=Table(_said(OF_PHOTOS, translate), rows))


def _words(said: Sequence[Said], written: Written, translate: Translate) -> Section:
    heading = translate(HEADINGS["words"])
    facts = [
        (
            translate(SIDES[one.side]),
            JOINT.join(
                part
                for part in (
                    f"{one.organization} {one.name}",
                    one.what,
                    one.text,
                    moment_said(one.at, written.zone),
                )
                if part
            ),
        )
        for one in said
    ]
    return Section(heading, facts) if facts else Section(heading, sentences=[translate(NOT_SAID)])


def _said(msgids: Sequence[str], translate: Translate) -> list[str]:
    return [translate(one) for one in msgids]


def _moment_of(text: str, zone: ZoneInfo) -> str:
    return moment_said(datetime.fromisoformat(text), zone)
