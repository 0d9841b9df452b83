"""Register machines and the sites where they stand."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from marketplace.actions import audit, dictionaries, gathering, nameplates
from marketplace.gateway.transactions import atomic
from marketplace.models import Category, Equipment, Organization, Site, SpecStatement, User
from marketplace.permissions import Permission, require
from marketplace.rules import specs as spec_rules
from marketplace.rules.dictionaries import Edition
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class BadSpecs(Invalid):
    """One or more specification values do not fit the category's dictionary."""

    code = "bad_specs"
    text = gettext_noop("Some specification values do not fit the dictionary of the category.")


class NameplateTaken(NotPossible):
    """A machine with this maker and serial number is registered."""

    code = "nameplate_taken"
    text = gettext_noop(
        "A machine {maker_name} {serial_number} is registered already. Check the nameplate; "
        "if it is right, tell the platform."
    )


class SiteTaken(NotPossible):
    """The organization has a site of this name."""

    code = "site_taken"
    text = gettext_noop("You have a site called {name} already. Use it, or choose another name.")


class ForeignSite(Invalid):
    """The site belongs to another organization."""

    code = "foreign_site"
    text = gettext_noop("The site does not belong to {organization}. Choose one of your own sites.")


@atomic
def add_site(
    *,
    organization: Organization,
    name: str,
    region_code: str,
    city: str,
    by: User,
    at: datetime,
    city_en: str = "",
    address: str = "",
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
) -> Site:
    """
    Add a place where machines stand (latitude and longitude in degrees, WGS 84).

    :raises MissingRight: if ``by`` may not edit equipment of ``organization``
    :raises SiteTaken: if the organization has a site of this name
    """
    require(by, Permission.EQUIPMENT_EDIT, within=organization)
    if Site.objects.filter(organization=organization, name=name).exists():
        raise SiteTaken(name=name)
    site = Site.objects.create(
        organization=organization,
        name=name,
        region_code=region_code,
        city=city,
        city_en=city_en,
        address=address,
        latitude=latitude,
        longitude=longitude,
    )
    audit.record(by=by, action="site.add", subject=site.public_id, at=at, within=organization, name=name)
    return site


def site_of(*, organization: Organization, public_id: str) -> Site:
    """
    Return the organization's site with this id.

    :raises ForeignSite: if there is none
    """
    site = Site.objects.filter(organization=organization, public_id=public_id).first()
    if site is None:
        facts = {"organization": organization.name}
        raise ForeignSite(flaws=[Flaw("/site", ForeignSite.code, ForeignSite.text, facts)], **facts)
    return site


def register(
    *,
    owner: Organization,
    category: Category,
    site: Site,
    name: str,
    maker_name: str,
    model_name: str,
    serial_number: str,
    specs: Mapping[str, Any],
    by: User,
    at: datetime,
    built_on: date | None = None,
    dictionary: int | None = None,
    edition: Edition | None = None,
) -> Equipment:
    """
    Register one physical machine by its nameplate.

    Specification values are checked against the newest version of the category's dictionary and stored in its
    units; ``dictionary`` is the version that the caller saw. Who registers many holds the version for all
    (:func:`dictionaries.held_by_code`) and gives it as ``edition``. A nameplate
    that somebody else has registered, or that can hardly be told from one, is put before the platform.

    :raises MissingRight: if ``by`` may not edit equipment of ``owner``
    :raises ForeignSite: if the site is another organization's
    :raises DictionaryChanged: if another version of the dictionary than ``dictionary`` is the newest
    :raises BadSpecs: with one flaw per field
    :raises NameplateTaken: if maker and serial number are registered
    """
    require(by, Permission.EQUIPMENT_EDIT, within=owner)
    plate = {"maker_name": maker_name, "serial_number": serial_number}
    try:
        return _register(
            owner=owner,
            category=category,
            site=site,
            name=name,
            model_name=model_name,
            specs=specs,
            by=by,
            at=at,
            built_on=built_on,
            dictionary=dictionary,
            edition=edition,
            **plate,
        )
    except NameplateTaken:
        first = Equipment.objects.filter(is_disproved=False, **plate).select_related("owner").first()
        if first is not None:
            nameplates.claimed(first=first, claimant=owner, at=at, **plate)
        raise


@atomic
def _register(
    *,
    owner: Organization,
    category: Category,
    site: Site,
    name: str,
    maker_name: str,
    model_name: str,
    serial_number: str,
    specs: Mapping[str, Any],
    by: User,
    at: datetime,
    built_on: date | None,
    dictionary: int | None,
    edition: Edition | None,
) -> Equipment:
    if site.organization_id != owner.pk:
        raise ForeignSite(organization=owner.name)
    edition = edition or dictionaries.held(category=category, expected=dictionary)
    values = checked_specs(edition=edition, specs=specs)
    plate = {"maker_name": maker_name, "serial_number": serial_number}
    if Equipment.objects.filter(is_disproved=False, **plate).exists():
        raise NameplateTaken(maker_name=maker_name, serial_number=serial_number)
    equipment = Equipment.objects.create(
        owner=owner,
        category=category,
        site=site,
        name=name,
        model_name=model_name,
        built_on=built_on,
        specs=values,
        dictionary_version=edition.number,
        created_at=at,
        **plate,
    )
    said = SpecStatement(
        equipment=equipment,
        number=1,
        dictionary_version=edition.number,
        values=values,
        stated_by=by.public_id,
        stated_by_name=by.name,
        stated_at=at,
    )
    gathering.write(rows=[said])
    nameplates.look(equipment=equipment, at=at)
    audit.record(by=by, action="equipment.register", subject=equipment.public_id, at=at, within=owner)
    return equipment


def checked_specs(*, edition: Edition, specs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the values in the units of a version of the dictionary, or refuse them.

    :raises BadSpecs: with one flaw per field
    """
    values, flaws = spec_rules.validate(edition.fields, specs)
    if flaws:
        raise BadSpecs(flaws=flaws)
    return values
