"""Pictures of a few machines, drawn here, and what the platform checked of one of them."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw

from config.demo.parties import PLATFORM, People
from marketplace.actions import checks, listing_photos
from marketplace.actions.listing_photos import Shot
from marketplace.models import Listing
from marketplace.rules.checks import Kind, Written

SHOWN = 3  # of the first listings
SIDES = (960, 600)
SHOTS = (("整机外观", "The whole machine"), ("操作面板与铭牌", "Control panel and nameplate"))


def begin(people: People, listings: Mapping[str, Listing], now: datetime) -> None:
    """Add pictures to the first listings; the platform has looked at the first machine and its owner."""
    admins = {organization.pk: people.admins[key] for key, organization in people.organizations.items()}
    shown = list(listings.values())[:SHOWN]
    for number, listing in enumerate(shown):
        shots = [Shot(drawn(number, n), *words) for n, words in enumerate(SHOTS)]
        listing_photos.add(listing=listing, shots=shots, by=admins[listing.owner_id], at=now)
    _check(people, shown[0], now)


def _check(people: People, listing: Listing, now: datetime) -> None:
    platform, by = people.organizations[PLATFORM["key"]], people.admins[PLATFORM["key"]]
    owner, code = listing.owner, listing.owner.credit_code
    for kind in (Kind.CREDIT_CODE, Kind.LICENCE):
        seen = Written(kind, True, code, now)
        checks.of_organization(organization=owner, given=seen, within=platform, by=by, at=now)
    for unit in listing.units.select_related("equipment"):
        seen = Written(Kind.NAMEPLATE, True, unit.equipment.serial_number, now)
        checks.of_equipment(equipment=unit.equipment, given=seen, within=platform, by=by, at=now)


def drawn(number: int, shot: int) -> bytes:
    """Draw a machine in its hall, or its panel: flat shapes, another shade for each machine."""
    shade = (52 + 34 * number, 92 + 12 * number, 128 - 18 * number)
    sheet = Image.new("RGB", SIDES, (226, 229, 232))
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 470, *SIDES), fill=(176, 180, 184))
    if shot:
        draw.rounded_rectangle((300, 90, 660, 520), 18, fill=shade)
        draw.rectangle((340, 130, 620, 310), fill=(28, 36, 44))
        draw.polygon([(370, 280), (440, 190), (500, 250), (590, 160)], outline=(120, 220, 160))
        draw.rectangle((380, 420, 580, 490), fill=(214, 216, 218), outline=(90, 94, 98))
    else:
        draw.rounded_rectangle((140, 110, 820, 500), 24, fill=shade)
        draw.rectangle((200, 170, 560, 430), fill=(38, 48, 58))
        draw.rectangle((350, 170, 410, 330), fill=(196, 200, 204))
        draw.rectangle((620, 180, 780, 330), fill=(232, 234, 236))
    out = BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
