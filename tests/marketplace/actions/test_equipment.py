import pytest

from marketplace.actions import categories, equipment
from marketplace.models import Category, Equipment, Site, SpecField
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.factories import marketplace as make
from tests.factories.marketplace import CENTRE, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def factory():
    return make.organization(kind="LEAD_ENTERPRISE")


@pytest.fixture
def ada(factory):
    return make.member(factory)


def register(factory, ada, **changes):
    values = {
        "category": make.category(),
        "site": changes.pop("site", None) or make.site(factory),
        "name": "Mill 1",
        "maker_name": "DMG MORI",
        "model_name": "DMU 50",
        "serial_number": "8061-42",
        "specs": CENTRE,
    }
    return equipment.register(owner=factory, by=ada, at=NOON, **(values | changes))


class TestLoad:
    def test_loads_the_tree_once_however_often_it_runs(self):
        first = categories.load()
        fields = SpecField.objects.count()

        assert categories.load() == first == Category.objects.count()
        assert SpecField.objects.count() == fields
        assert Category.objects.get(code="M1-MC").parent.code == "M1"

    def test_mends_what_the_database_has_otherwise(self):
        categories.load()
        Category.objects.filter(code="M1-MC").update(name="Milling", parent=None)
        SpecField.objects.filter(category__code="M1-MC", code="axes").update(required=False, name="Axis")
        kept = Category.objects.get(code="M1-MC").pk

        categories.load()

        mended = Category.objects.get(code="M1-MC")
        axes = mended.spec_fields.get(code="axes")
        assert (mended.pk, mended.name, mended.parent.code) == (kept, "Machining centre", "M1")
        assert (axes.required, axes.name) == (True, "Axes")


class TestAddSite:
    def test_adds_a_site_once_by_name(self, factory, ada):
        values = {"name": "Hall 1", "region_code": "320594", "city": "苏州"}
        equipment.add_site(organization=factory, by=ada, at=NOON, **values)

        with pytest.raises(equipment.SiteTaken):
            equipment.add_site(organization=factory, by=ada, at=NOON, **values)

        assert Site.objects.count() == 1

    def test_refuses_a_viewer(self, factory):
        with pytest.raises(MissingRight):
            equipment.add_site(
                organization=factory,
                name="Hall",
                region_code="320594",
                city="苏州",
                by=make.member(factory, Role.VIEWER),
                at=NOON,
            )

        assert not Site.objects.exists()


class TestSiteOf:
    def test_finds_an_own_site_and_refuses_a_foreign_one(self, factory):
        own, foreign = make.site(factory), make.site(make.organization())

        assert equipment.site_of(organization=factory, public_id=own.public_id) == own
        with pytest.raises(equipment.ForeignSite):
            equipment.site_of(organization=factory, public_id=foreign.public_id)


class TestRegister:
    def test_stores_specifications_in_the_units_of_the_dictionary(self, factory, ada):
        machine = register(factory, ada, specs=CENTRE | {"travel_x": "0.65 m"})

        assert machine.specs["travel_x"] == "650"

    def test_names_each_field_that_does_not_fit_and_stores_nothing(self, factory, ada):
        with pytest.raises(equipment.BadSpecs) as refused:
            register(factory, ada, specs={"axes": "99", "colour": "red"})

        assert {"/axes", "/colour", "/travel_x"} <= {flaw.pointer for flaw in refused.value.flaws}
        assert not Equipment.objects.exists()

    def test_refuses_a_nameplate_that_is_registered(self, factory, ada):
        register(factory, ada)

        with pytest.raises(equipment.NameplateTaken):
            register(factory, ada)

        assert Equipment.objects.count() == 1

    def test_refuses_a_site_of_somebody_else(self, factory, ada):
        with pytest.raises(equipment.ForeignSite):
            register(factory, ada, site=make.site(make.organization()))

        assert not Equipment.objects.exists()
