"""
What is looked at when a machine changes hands: a list for every machine, and more for its family.

The lists are data. An item has a code, which records keep, and the words that people read. ``PHOTOS`` names
the items of which a photo must be taken: with precision and with clean equipment nobody can say afterwards
how it was.
"""

from dataclasses import dataclass

from marketplace.rules.msgids import gettext_noop

VERSION = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at; a hand-over without a photo of it is refused where ``photo`` is set."""

    code: str
    text: str
    photo: bool = False


COMMON = (
    Item("nameplate", gettext_noop("Nameplate and serial number")),
    Item("housing", gettext_noop("Housing, guards, windows")),
    Item("safety", gettext_noop("Emergency stop and interlocks")),
    Item("leaks", gettext_noop("Oil, coolant, air: no leaks")),
    Item("accessories", gettext_noop("Accessories and tools complete")),
    Item("documents", gettext_noop("Manual, keys, passwords")),
)
FAMILIES: dict[str, tuple[Item, ...]] = {
    "M1": (
        Item("spindle", gettext_noop("Spindle runs quietly, taper is clean")),
        Item("axes", gettext_noop("Axes move over their whole travel")),
        Item("magazine", gettext_noop("Tool magazine and table")),
    ),
    "M2": (
        Item("optics", gettext_noop("Lens, nozzle or tool: clean and whole")),
        Item("bed", gettext_noop("Bed and clamps")),
    ),
    "M3": (
        Item("chamber", gettext_noop("Build chamber and platform")),
        Item("gas", gettext_noop("Gas and filters")),
    ),
    "R1": (
        Item("arm", gettext_noop("Arm, cables, gripper")),
        Item("fence", gettext_noop("Fence and scanner")),
    ),
    "R2": (
        Item("battery", gettext_noop("Battery and charger")),
        Item("wheels", gettext_noop("Wheels, bumper, scanner")),
    ),
    "Q1": (
        Item("calibration", gettext_noop("Calibration mark and its day"), photo=True),
        Item("probe", gettext_noop("Probe, stage, artefact")),
    ),
    "B1": (
        Item("vessel", gettext_noop("Vessel cleaned, label in place"), photo=True),
        Item("seals", gettext_noop("Seals, sensors, sterile filters")),
    ),
    "W1": (Item("station", gettext_noop("Bench, fixtures, screen")),),
    "U1": (Item("gauges", gettext_noop("Gauges and safety valve")),),
}
PHOTOS = {family: {item.code for item in items if item.photo} for family, items in FAMILIES.items()}


def checklist(family: str) -> tuple[Item, ...]:
    """Return what is looked at on a machine of a family; an unknown family has the common list."""
    return (*COMMON, *FAMILIES.get(family, ()))
