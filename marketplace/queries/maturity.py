"""How smart organizations and sites are now, by what was declared last."""

from marketplace.models import MaturityDeclaration, Organization, Site


def standing_of(organization: Organization) -> list[MaturityDeclaration]:
    """Return what holds: for the organization and each of its sites the latest word; one query."""
    found: dict[int | None, MaturityDeclaration] = {}
    said = MaturityDeclaration.objects.filter(organization=organization).newest_first()
    for one in said.select_related("site", "organization"):
        found.setdefault(one.site_id, one)
    return sorted(found.values(), key=lambda one: one.site_id or 0)


def tier_of(site: Site) -> MaturityDeclaration | None:
    """Return the latest word about a site."""
    return MaturityDeclaration.objects.filter(site=site).newest_first().first()
