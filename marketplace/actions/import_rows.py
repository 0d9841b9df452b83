"""One row of an import as machines and a listing, by the actions that are called for single ones as well."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DataError, IntegrityError
from django.utils.translation import gettext, gettext_noop, override

from marketplace.actions import chains, dictionaries, equipment, gathering, listings
from marketplace.gateway.transactions import as_one
from marketplace.models import Category, Chain, Equipment, Import, ImportRow, Organization, Site, User
from marketplace.permissions import MissingRight
from marketplace.queries.dictionaries import newest_editions
from marketplace.rules import import_rows as rows
from marketplace.rules.categories import CHOICE, tree
from marketplace.rules.dictionaries import FIRST, Edition
from marketplace.rules.import_rows import Offered, flawed
from marketplace.rules.specs import validate
from marketplace.shared.errors import DomainError, Flaw, Invalid

COLUMN_OF = {  # of refusals without flaws, by their code
    "nameplate_taken": "serial",
    "foreign_site": "site",
    "machine_listed": "serial",
    "machine_retired": "serial",
    "machine_encumbered": "serial",
}
PRICED = {"price": "price", "minimum": "minimum", "meter": "price_by", "unit": "price_by"}
Status = ImportRow.Status


class RowRefused(Invalid):
    """Something is wrong with a row of a file; ``flaws`` say what, at its columns."""

    code = "row_refused"
    text = gettext_noop("This row has something to mend: see its errors.")


@dataclass(frozen=True)
class Made:
    """What a row made: ids of its machines, and of its listing if it is offered."""

    status: str
    equipment: Sequence[str] = ()
    listing: str = ""


class _Undone(Exception):
    """What was tried is undone: no error."""


class Known:
    """What rows of one step share: kinds of machines, and the sites that were there before."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.categories: dict[str, Category] = {}
        self.sites: dict[str, Site] = {}
        self.chains: dict[str, Chain] = {}
        self.machines: dict[tuple[str, str], Equipment] = {}
        self.editions: dict[str, Edition] = {}
        self.changed: set[str] = set()

    def look(self, some: Sequence[ImportRow], seen: Mapping[str, int]) -> None:
        """
        Fetch the organization's own machines that rows name: no two rows of a file name the same. Hold the
        dictionaries of the kinds that they name, outside of what a row that is refused undoes; those whose
        version is not the one in ``seen``, when the file was sent, may have other units than its author saw.
        Numbers are compared, not clocks: a version may have been begun before the file, and stood after it.
        """
        kinds = _kinds(row.cells for row in some)
        self.editions = dictionaries.held_by_code(codes=kinds)
        self.changed = {code for code, one in self.editions.items() if one.number != seen.get(code, FIRST)}
        plates = {plate for row in some for plate in rows.nameplates(row.cells)}
        makers, serials = ({plate[n] for plate in plates} for n in (0, 1))
        own = Equipment.objects.filter(
            owner=self.organization, maker_name__in=makers, serial_number__in=serials
        )
        for one in own.select_related("listing_unit__listing"):
            self.machines[one.maker_name, one.serial_number] = one

    def category(self, code: str) -> Category:
        """Return a kind of machine by its code."""
        if code not in self.categories:
            self.categories[code] = Category.objects.get(code=code)
        return self.categories[code]

    def site(self, named: str) -> Site | None:
        """Return the organization's site of a name, or of an id; one that a row adds is not kept here."""
        if named not in self.sites:
            own = Site.objects.filter(organization=self.organization)
            found = own.filter(name=named).first() or own.filter(public_id=named).first()
            if found is None:
                return None
            self.sites[named] = found
        return self.sites[named]

    def chain(self, named: str) -> Chain | None:
        """
        Return the chain of a name, or of an id, that the organization leads; none for everybody.

        :raises RowRefused: if it leads none
        """
        if named and named not in self.chains:
            own = Chain.objects.filter(leader=self.organization)
            found = own.filter(name=named).first() or own.filter(public_id=named).first()
            if found is None:
                raise RowRefused(flaws=[flawed("open_to", "chain_unknown", found=named)])
            self.chains[named] = found
        return self.chains.get(named)


def seen_by(*, cells: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the versions of the dictionaries that are the newest now, by category that rows name."""
    return {code: edition.number for code, edition in newest_editions(_kinds(cells)).items()}


def take_in(*, row: ImportRow, of: Import, known: Known, by: User, at: datetime, keep: bool) -> ImportRow:
    """
    Take in one row, or try it and undo all (``keep`` false); return the row with what became of it, unsaved.

    Each row stands in a savepoint of its own: one that is refused leaves nothing, and keeps no other out.
    The audit trail is gathered, so the caller has opened :func:`gathering.gathered`.
    """
    try:
        with gathering.attempted(), as_one():
            made = _made(row, of, known, {"by": by, "at": at})
            if not keep:
                raise _Undone
    except _Undone:
        status = Status.READY if made.status == Status.CREATED else made.status
        listing, machines = (made.listing, made.equipment) if status == Status.THERE else ("", ())
        return row.noted(status, equipment=list(machines), listing=listing)
    except DomainError as error:
        return row.noted(Status.REFUSED, errors=[_dumped(flaw) for flaw in _flaws(error, row, by)])
    except IntegrityError as error:  # somebody else registered the nameplate, or added the site, meanwhile
        return row.noted(Status.REFUSED, errors=[_dumped(_taken(error, row))])
    except (DataError, UnicodeError):  # what no check before has found
        return row.noted(Status.REFUSED, errors=[_dumped(flawed("title", "not_stored"))])
    return row.noted(made.status, equipment=list(made.equipment), listing=made.listing)


def _made(row: ImportRow, of: Import, known: Known, who: Mapping[str, Any]) -> Made:
    if row.repeats:
        raise RowRefused(flaws=[flawed("serial", "twice_in_file", row=row.repeats)])
    newer = {code: edition.fields for code, edition in known.editions.items()}
    offered, flaws = rows.read(row.cells, choices=_choices(), newer=newer)
    if flaws:
        raise RowRefused(flaws=[*flaws, *_spec_flaws(offered, known)])
    chain = known.chain(offered.open_to)
    machines = _machines(offered, known)
    if machines:
        return _there(offered, of, machines, chain, who)
    if offered.category in known.changed:
        raise RowRefused(flaws=[flawed("specifications", "dictionary_newer")])
    site, category = _site(offered, of, known, who), known.category(offered.category)
    machines = [
        equipment.register(
            owner=of.organization,
            category=category,
            site=site,
            name=offered.name,
            maker_name=offered.maker,
            model_name=offered.model,
            serial_number=serial,
            specs=offered.specs,
            built_on=offered.built_on,
            edition=known.editions[offered.category],
            **who,
        )
        for serial in offered.serials
    ]
    listing = _listed(offered, of, machines, chain, who)
    return Made(Status.CREATED, [one.public_id for one in machines], listing)


def _kinds(cells: Iterable[Mapping[str, Any]]) -> set[str]:
    return {node.code for one in cells if (node := rows.kind_named(one))}


def _spec_flaws(offered: Offered, known: Known) -> list[Flaw]:
    """Return what is wrong with the specifications of a row that has other flaws, so that all are told."""
    if not offered.category:
        return []
    _values, flaws = validate(known.editions[offered.category].fields, offered.specs)
    return [replace(flaw, pointer=f"/specifications{flaw.pointer}") for flaw in flaws]


def _machines(offered: Offered, known: Known) -> list[Equipment]:
    """Return what is registered of one's own already; a pool is there as a whole, or not."""
    own = [known.machines.get((offered.maker, serial)) for serial in offered.serials]
    there = [one for one in own if one is not None]
    if there and len(there) < len(own):
        found = ", ".join(sorted(one.serial_number for one in there))[:200]
        raise RowRefused(flaws=[flawed("serial", "some_there", found=found)])
    return there


def _there(
    offered: Offered, of: Import, machines: Sequence[Equipment], chain: Chain | None, who: Mapping[str, Any]
) -> Made:
    """Return machines that were there before, with their listing: the row's own if they have none yet."""
    listings = [one.listing_unit.listing.public_id for one in machines if hasattr(one, "listing_unit")]
    made = "" if listings else _listed(offered, of, machines, chain, who)
    status = Status.CREATED if made else Status.THERE
    return Made(status, [one.public_id for one in machines], made or next(iter(listings), ""))


def _site(offered: Offered, of: Import, known: Known, who: Mapping[str, Any]) -> Site:
    """Return the organization's site of this id or name; one that the file places is added."""
    site = known.site(offered.site)
    told: Mapping[str, str] = of.sites.get(offered.site, {})
    region, city = offered.region or told.get("region", ""), offered.city or told.get("city", "")
    if site is None:
        if not region or not city:
            raise RowRefused(flaws=[flawed("site", "site_unknown", found=offered.site)])
        return equipment.add_site(
            organization=of.organization, name=offered.site, region_code=region, city=city, **who
        )
    if offered.region and site.region_code != offered.region:
        raise RowRefused(
            flaws=[flawed("region", "other_region", found=offered.site, region=site.region_code)]
        )
    return site


def _listed(
    offered: Offered, of: Import, machines: Sequence[Equipment], chain: Chain | None, who: Mapping[str, Any]
) -> str:
    if not offered.plan:
        return ""
    listing = listings.create(
        owner=of.organization,
        equipment=machines,
        title=offered.title,
        summary=offered.summary,
        price_plan=offered.plan,
        count_rules=list(offered.counts),
        deposit_minor=offered.deposit_minor,
        minimum_days=offered.minimum_days,
        **who,
    )
    if chain is not None:  # before anybody else sees it
        listing = chains.open_listing(listing=listing, chain=chain, **who)
    if offered.publish:
        listings.publish(listing=listing, **who)
    return listing.public_id


def _flaws(error: DomainError, row: ImportRow, by: User) -> list[Flaw]:
    """Return what a refusal says, each at the column that it is about."""
    if isinstance(error, MissingRight):
        return [flawed("publish", "not_yours", who=by.name)]
    if not error.flaws:
        column = COLUMN_OF.get(error.code, "title")
        return [Flaw(f"/{column}", error.code, error.text, error.facts)]
    return [Flaw(_pointer(flaw, error, row), flaw.code, flaw.text, flaw.facts) for flaw in error.flaws]


def _pointer(flaw: Flaw, error: DomainError, row: ImportRow) -> str:
    if isinstance(error, equipment.BadSpecs):
        return f"/specifications{flaw.pointer}"
    head, _, rest = flaw.pointer.lstrip("/").partition("/")
    if head == "count_rules":
        return f"/count_rule/{rest}"
    if head == "price_plan" and not row.cells.get("price_plan"):
        said = [part for part in reversed(rest.split("/")) if part in PRICED]
        return f"/{PRICED[said[0]] if said else 'price_by'}"
    return flaw.pointer


def _dumped(flaw: Flaw) -> dict[str, Any]:
    facts = {name: str(value)[:200] for name, value in flaw.facts.items()}
    return {"pointer": flaw.pointer, "code": flaw.code, "text": flaw.text, "facts": facts}


def _taken(error: IntegrityError, row: ImportRow) -> Flaw:
    """
    Return what somebody else has written first, by the constraint that it broke: a site of the same name, or
    the nameplate. What the database says in words holds values of the row, and tells nothing.
    """
    broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if broken == "marketplace_site_once":
        site = equipment.SiteTaken
        return Flaw("/site", site.code, site.text, {"name": str(row.cells.get("site"))})
    if broken != "marketplace_equipment_nameplate_once":
        return flawed("title", "not_stored")
    plates, taken = rows.nameplates(row.cells), equipment.NameplateTaken
    facts = {"maker_name": plates[0][0], "serial_number": ", ".join(serial for _, serial in plates)}
    return Flaw("/serial", taken.code, taken.text, facts)


@cache
def _choices() -> dict[str, str]:
    """Return the Chinese words of choices, and what each stands for in the dictionary."""
    known = {
        choice for node in tree() for field in node.specs if field.kind == CHOICE for choice in field.choices
    }
    with override("zh-hans"):
        return {gettext(choice): choice for choice in sorted(known)}
