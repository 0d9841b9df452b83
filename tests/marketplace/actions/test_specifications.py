"""Owners state specifications anew; the platform makes versions of dictionaries; offers and contracts."""

import re
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from marketplace.actions import categories, dictionaries, equipment, listings, specifications
from marketplace.actions.equipment import BadSpecs
from marketplace.models import Category, DictionaryVersion, Listing, SearchDocument, SpecStatement
from marketplace.permissions import MissingRight
from marketplace.queries.dictionaries import newest, stated_at, to_fill
from tests import once
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.marketplace.specified import COOLANT, LATER, Shop, assert_untouched

pytestmark = pytest.mark.django_db


shop = once.fixture(Shop)


class TestStating:
    def test_replaces_what_is_named_in_the_units_of_the_dictionary_and_keeps_the_rest(self, shop):
        before = shop.now()
        made = shop.state(sources={"travel_x": "NAMEPLATE"}, note="铭牌")
        assert made.specs == before.specs | {"travel_x": "700"}
        assert made.version == before.version + 1
        first, second = SpecStatement.objects.filter(equipment=made).order_by("number")
        assert (first.values, first.stated_by) == (before.specs, "")
        assert (second.values, second.sources, second.note) == (made.specs, {"travel_x": "NAMEPLATE"}, "铭牌")
        assert (second.stated_by, second.stated_at) == (shop.owner.public_id, LATER)

    def test_an_empty_value_is_taken_away_with_its_source_and_others_keep_theirs(self, shop):
        shop.state(specs={"table_load": "300"}, sources={"table_load": "MANUAL", "axes": "NAMEPLATE"})
        assert "table_load" not in shop.state(specs={"table_load": None}).specs
        assert SpecStatement.objects.first().sources == {"axes": "NAMEPLATE"}

    def test_where_it_was_read_can_be_taken_back_on_the_form_and_over_rest(self, shop):
        shop.state(specs={}, sources={"travel_x": "MEASURED", "axes": "MANUAL"})
        assert shop.page(data=shop.form() | {"source-travel_x": ""}).redirect_chain
        assert SpecStatement.objects.first().sources == {"axes": "MANUAL"}
        address = f"equipment/{shop.machine.public_id}/"
        said = {"specs": {}, "sources": {"axes": None}, "dictionary_version": 1}
        seen = {"If-Match": shop.api("get", address).headers["ETag"]}
        assert shop.api("patch", address, said, **seen).status_code == 200
        assert SpecStatement.objects.first().sources == {}
        assert shop.now().specs == shop.machine.specs

    @pytest.mark.parametrize(
        ("said", "pointer", "code"),
        [
            ({"specs": {"nope": None}}, "/specs/nope", "unknown_spec"),
            ({"specs": {"travel_x": "7 kg"}}, "/specs/travel_x", "unknown_unit"),
            ({"specs": {}, "sources": {"nope": "MANUAL"}}, "/sources/nope", "unknown_spec"),
            ({"specs": {"travel_x": "701"}, "name": "N"}, "/name", "invalid"),
        ],
    )
    def test_over_rest_each_fault_is_told_at_its_place_and_nothing_is_stored(self, shop, said, pointer, code):
        address = f"equipment/{shop.machine.public_id}/"
        seen = {"If-Match": shop.api("get", address).headers["ETag"]}
        answer = shop.api("patch", address, said | {"dictionary_version": 1}, **seen)
        assert answer.status_code in (400, 422)
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]
        assert_untouched(shop)

    def test_what_a_newer_dictionary_asks_for_stops_no_other_statement(self, shop):
        shop.next(replace(COOLANT, required=True))
        assert shop.state().specs["travel_x"] == "700"
        assert shop.page(data=shop.form() | {"value-travel_x": "701"}).redirect_chain
        assert shop.now().specs["travel_x"] == "701"
        with pytest.raises(BadSpecs) as refused:
            shop.state(specs={"coolant": ""})
        assert [(one.pointer, one.code) for one in refused.value.flaws] == [("/specs/coolant", "required")]
        assert shop.state(specs={"coolant": "20"}).specs["coolant"] == "20"

    def test_the_offer_shows_it_and_is_found_by_it(self, shop):
        shop.state()
        listing = Listing.objects.get(pk=shop.listing.pk)
        assert listing.specs["travel_x"] == "700"
        assert listing.version == shop.listing.version + 1
        assert SearchDocument.objects.get(listing=listing).numbers["travel_x:mm"] == "700"

    def test_the_second_machine_of_a_pool_changes_no_offer(self, shop):
        pool = make.listing(shop.listing.owner, machines=2)
        shop.machine = pool.units.order_by("pk").last().equipment
        shop.state()
        assert Listing.objects.get(pk=pool.pk).specs == pool.specs

    @pytest.mark.parametrize(
        ("given", "sources", "code"),
        [
            ({"travel_x": "7 kg"}, {}, "unknown_unit"),
            ({"travel_x": None}, {}, "required"),
            ({"colour": "red"}, {}, "unknown_spec"),
            ({"travel_x": "700"}, {"colour": "MANUAL"}, "unknown_spec"),
        ],
    )
    def test_what_does_not_fit_is_refused_at_its_field(self, shop, given, sources, code):
        with pytest.raises(BadSpecs) as refused:
            shop.state(specs=given, sources=sources)
        assert [one.code for one in refused.value.flaws] == [code]
        assert_untouched(shop)

    @pytest.mark.parametrize("who", ["viewer", "stranger", "clerk"])
    def test_others_may_not(self, shop, who):
        with pytest.raises(MissingRight):
            shop.state(who)
        assert_untouched(shop)

    def test_what_was_changed_meanwhile_is_not_overwritten(self, shop):
        with pytest.raises(specifications.EquipmentChanged):
            shop.state(expected=shop.machine.version + 1)
        assert_untouched(shop)

    def test_nothing_new_is_no_statement(self, shop):
        with pytest.raises(specifications.NothingStated):
            shop.state(specs={"travel_x": shop.machine.specs["travel_x"]})
        assert_untouched(shop)

    def test_registering_is_the_first_statement(self, shop):
        made = equipment.register(
            owner=shop.listing.owner,
            category=shop.machine.category,
            site=shop.machine.site,
            name="M",
            maker_name="Maker",
            model_name="X",
            serial_number="QQ-77",
            specs=shop.machine.specs,
            by=shop.owner,
            at=NOON,
        )
        said = SpecStatement.objects.get(equipment=made)
        assert (said.values, said.number, said.stated_by) == (made.specs, 1, shop.owner.public_id)

    def test_the_database_keeps_statements_and_versions(self, shop):
        shop.state()
        shop.next(COOLANT)
        for table, column in (("specstatement", "note"), ("dictionaryversion", "reason")):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE marketplace_{table} SET {column} = 'x'")


class TestVersions:
    def test_a_new_one_is_a_hint_until_it_is_stated_with(self, shop):
        shop.next(COOLANT)
        machine = shop.now()
        assert [one.code for one in to_fill(machine)] == ["coolant"]
        assert machine.dictionary_version == 1
        made = shop.state(specs={"coolant": "2 MPa"})
        assert (made.specs["coolant"], made.dictionary_version, to_fill(made)) == ("20", 2, [])

    def test_what_was_stated_follows_a_new_unit_and_a_new_name_on_machine_and_offer(self, shop):
        shop.next(
            travel_x={"unit": "m", "minimum": Decimal("0.001"), "maximum": Decimal(20)},
            axes={"code": "axis_count"},
            renamed={"axes": "axis_count"},
        )
        machine, listing = shop.now(), Listing.objects.get(pk=shop.listing.pk)
        was = shop.machine.specs
        assert Decimal(machine.specs["travel_x"]) * 1000 == Decimal(was["travel_x"])
        assert machine.specs["axis_count"] == was["axes"]
        assert "axes" not in machine.specs
        assert listing.specs == machine.specs
        assert machine.version == shop.machine.version + 1
        numbers = SearchDocument.objects.get(listing=listing).numbers
        assert Decimal(numbers["travel_x:mm"]) == Decimal(was["travel_x"])

    def test_the_first_one_is_kept_as_it_was_and_loading_the_software_changes_nothing(self, shop):
        shop.next(COOLANT)
        before = list(DictionaryVersion.objects.values("number", "fields"))
        categories.load()
        category = Category.objects.get(code="M1-MC")
        assert [one.number for one in DictionaryVersion.objects.all()] == [1, 2]
        assert list(DictionaryVersion.objects.values("number", "fields")) == before
        assert category.spec_fields.filter(code="coolant").count() == 1
        assert "coolant" not in {one["code"] for one in before[0]["fields"]}

    def test_it_is_no_news_of_an_offer_but_what_its_owner_states_is(self, shop):
        changed = SearchDocument.objects.values_list("changed_at", flat=True)
        flag = replace(COOLANT, code="probe", name="Probe", kind="bool", unit=None, maximum=None)
        shop.next(flag)
        Listing.objects.update(specs=shop.machine.specs | {"probe": True})
        tokens = SearchDocument.objects.get().tokens
        shop.next(probe={"name": "Touch probe"})
        assert SearchDocument.objects.get().tokens != tokens
        assert changed.get() == NOON
        shop.state()
        assert changed.get() == LATER

    def test_a_family_gets_none(self, shop):
        family, fields = shop.machine.category.parent, newest(shop.machine.category).fields
        given = {"category": family, "fields": fields, "renamed": {}, "reason": "ISO", "expected": None}
        with pytest.raises(dictionaries.DictionaryInvalid) as refused:
            dictionaries.make(**given, within=shop.platform, by=shop.clerk, at=LATER)
        assert [one.code for one in refused.value.flaws] == ["no_dictionary"]
        assert not DictionaryVersion.objects.exists()

    def test_what_the_software_reads_stays_under_whatever_code(self, shop):
        shop.next(axes={"code": "axis_count"}, renamed={"axes": "axis_count"})
        for retired, added, code in (
            ({"axis_count": None}, [], "read_by_software"),
            ({}, [replace(COOLANT, code="axes")], "code_of_another"),
        ):
            with pytest.raises(dictionaries.DictionaryInvalid) as refused:
                shop.next(*added, **retired)
            assert [one.code for one in refused.value.flaws] == [code]
        assert newest(shop.machine.category).number == 2
        shop.next(axis_count={"code": "axes"}, renamed={"axis_count": "axes"})
        assert shop.now().specs == shop.machine.specs

    @pytest.mark.parametrize("who", ["owner", "stranger"])
    def test_the_platform_alone_makes_one(self, shop, who):
        for within in (shop.platform, shop.listing.owner):
            with pytest.raises(MissingRight):
                shop.next(COOLANT, who=who, within=within)
        assert not DictionaryVersion.objects.exists()

    def test_what_was_registered_before_statements_were_kept_keeps_its_words(self, shop):
        shop.next(axes={"code": "axis_count"}, renamed={"axes": "axis_count"})
        (said,) = SpecStatement.objects.filter(equipment=shop.machine)
        assert (said.number, said.dictionary_version, said.values) == (1, 1, shop.machine.specs)
        made = shop.state(specs={"axis_count": "4"})
        assert [one.dictionary_version for one in made.spec_statements.order_by("number")] == [1, 2]
        assert stated_at(made, NOON)["axes"] == shop.machine.specs["axes"]
        assert stated_at(made, LATER)["axes"] == "4"

    def test_one_that_rewrites_too_much_at_once_is_refused_and_nothing_is_changed(self, shop):
        with patch.object(dictionaries, "MOST_AT_ONCE", 1), pytest.raises(dictionaries.TooManyAtOnce):
            shop.next(axes={"code": "axis_count"}, renamed={"axes": "axis_count"})
        assert not DictionaryVersion.objects.exists()
        assert_untouched(shop)

    def test_one_that_adds_is_made_of_any_size_and_the_search_follows_by_its_task(self, shop):
        found = SearchDocument.objects.filter(listing=shop.listing)
        with patch.object(dictionaries, "MOST_AT_ONCE", 0):
            shop.next(COOLANT)
        assert newest(shop.machine.category).number == 2
        assert found.get().renewed_at < NOON
        assert listings.search_documents.renew_oldest(at=LATER) == 1
        assert found.get().renewed_at == LATER
        assert_untouched(shop)

    def test_what_is_wrong_or_was_changed_meanwhile_makes_none(self, shop):
        with pytest.raises(dictionaries.DictionaryInvalid):
            shop.next()
        with pytest.raises(dictionaries.DictionaryChanged):
            shop.next(COOLANT, expected=7)
        assert not DictionaryVersion.objects.exists()


class TestSearch:
    def found(self, shop, asked):
        answer = shop.api("get", f"search/?{asked}", who=None).json()
        return [one["listing"]["id"] for one in answer["data"]]

    def test_an_added_a_renamed_and_a_widened_field_are_asked_for(self, shop):
        shop.next(
            replace(COOLANT, facet=True),
            axes={"code": "axis_count", "name": "Axis count"},
            travel_x={"maximum": Decimal(90000)},
            renamed={"axes": "axis_count"},
        )
        shop.state(specs={"coolant": "2 MPa", "travel_x": "80 m"})
        mine = [shop.listing.public_id]
        for least, above in (
            ("coolant=20", "coolant=21"),
            ("axis_count=5", "axis_count=6"),
            ("axes=5", "axes=6"),
        ):
            assert self.found(shop, f"category=M1-MC&min_{least}") == mine
            assert self.found(shop, f"min_{least}") == mine
            assert self.found(shop, f"category=M1-MC&min_{above}") == []
        assert self.found(shop, "category=M1-MC&min_travel_x=79000") == mine
        assert 'name="min_coolant"' in Client().get("/?category=M1-MC").text


class TestRest:
    def test_is_stated_as_seen(self, shop):
        address = f"equipment/{shop.machine.public_id}/"
        bare = {"specs": {"travel_x": "700"}, "dictionary_version": 1}
        assert shop.api("patch", address, bare).status_code == 428
        tag = shop.api("get", address).headers["ETag"]
        said = {"specs": {"travel_x": "0.7 m"}, "sources": {"travel_x": "MEASURED"}, "dictionary_version": 1}
        answer = shop.api("patch", address, said, **{"If-Match": tag})
        assert (answer.status_code, answer.json()["specs"]["travel_x"]) == (200, "700")
        assert shop.api("patch", address, bare, **{"If-Match": tag}).status_code == 412
        shown = shop.api("get", address + "specifications/").json()
        assert (shown["newest_version"], shown["to_fill"], shown["unfit"]) == (1, [], [])
        assert shown["sources"] == {"travel_x": "MEASURED"}
        assert shop.api("patch", address, said, who="stranger", **{"If-Match": tag}).status_code == 404
        tag = shop.api("get", address).headers["ETag"]
        assert shop.api("patch", address, said, who="viewer", **{"If-Match": tag}).status_code == 403

    @pytest.mark.parametrize(
        "sent", [{}, {"specs": 3}, {"specs": {"axes": []}}, {"specs": {}, "sources": {"axes": "DREAM"}}]
    )
    def test_odd_input_is_told(self, shop, sent):
        address = f"equipment/{shop.machine.public_id}/"
        tag = shop.api("get", address).headers["ETag"]
        assert shop.api("patch", address, sent, **{"If-Match": tag}).status_code in (400, 422)
        assert_untouched(shop)

    def test_the_platform_makes_a_version_and_everybody_reads_it(self, shop):
        read = shop.api("get", "categories/M1-MC/", who=None)
        fields = read.json()["versions"][0]["fields"]
        added = {"code": "coolant", "name": "Coolant", "name_zh": "冷却压力", "kind": "number", "unit": "bar"}
        sent = {"fields": [*fields, added], "reason": "ISO"}
        seen = {"If-Match": shop.api("get", "categories/M1-MC/", who="clerk").headers["ETag"]}
        assert shop.api("post", "categories/M1-MC/versions/", sent, who="owner", **seen).status_code == 403
        answer = shop.api("post", "categories/M1-MC/versions/", sent, who="clerk", **seen)
        assert answer.status_code == 201, answer.json()
        again = shop.api("post", "categories/M1-MC/versions/", sent, who="clerk", **seen)
        assert again.status_code == 412
        shown = shop.api("get", "categories/M1-MC/", who=None).json()
        assert [one["number"] for one in shown["versions"]] == [2, 1]
        assert shown["versions"][0]["added"] == ["coolant"]
        assert "coolant" in {one["code"] for one in shown["spec_fields"]}


class TestPage:
    def test_states_and_shows_what_changed(self, shop):
        shop.next(COOLANT)
        assert "冷却压力" in shop.page().text
        typed = {"value-travel_x": "0.7 m", "source-travel_x": "NAMEPLATE", "value-coolant": "20"}
        shown = shop.page(data=shop.form() | typed)
        assert shown.redirect_chain
        assert re.search("700 mm", shown.text)
        assert shop.now().dictionary_version == 2

    def test_what_is_wrong_is_told_at_its_field(self, shop):
        shown = shop.page(data=shop.form() | {"value-travel_x": "7 kg"})
        assert shown.status_code == 400
        assert "id_value-travel_x" in shown.text
        assert_untouched(shop)


class TestPlatformsPage:
    def page(self, shop, data=None, who="clerk", address="dictionaries/M1-MC/"):
        client = Client()
        client.force_login(getattr(shop, who))
        return client.post(f"/{address}", data, follow=True) if data else client.get(f"/{address}")

    def typed(self, shop, **changes):
        sent = {"reason": "GB/T", "version": newest(shop.machine.category).number}
        for row in self.page(shop).context["rows"]:
            for name in row.fields:
                value = row[name].value()
                if value is None and hasattr(row.fields[name], "choices"):
                    value = row.fields[name].choices[0][0]  # a list of a browser always says something
                if value is not None and value is not False:
                    sent[row.add_prefix(name)] = value
        return sent | changes

    def test_adds_renames_converts_bounds_and_retires_and_tells_it(self, shop):
        new = {"code": "coolant", "name": "Coolant", "name_zh": "冷却压力", "kind": "number", "unit": "bar"}
        changes = {f"new-0-{name}": value for name, value in new.items()}
        changes |= {"f-axes-code": "axis_count", "f-travel_y-maximum": "30000", "f-table_load-retire": "on"}
        changes |= {"f-travel_x-unit": "m", "f-travel_x-minimum": "0.001", "f-travel_x-maximum": "20"}
        shown = self.page(shop, self.typed(shop, **changes))
        assert shown.redirect_chain, [row.errors for row in shown.context["rows"]]
        (row, first) = shown.context["history"]
        assert (row["number"], first["did"]) == (2, [])
        assert row["made"].reason in shown.text
        told = [(name, code) for _what, name, code in row["did"]]
        assert ("X 轴行程 · − 1 – 20000 mm · + 0.001 – 20 m", "travel_x") in told
        assert ("Y 轴行程 · − 1 – 10000 mm · + 1 – 30000 mm", "travel_y") in told
        kept = {each.code: each for each in newest(shop.machine.category).fields}
        assert (kept["coolant"].unit, kept["travel_y"].maximum) == ("bar", Decimal(30000))
        assert "table_load" not in kept
        assert Decimal(shop.now().specs["travel_x"]) * 1000 == Decimal(shop.machine.specs["travel_x"])
        assert shop.now().specs["axis_count"] == shop.machine.specs["axes"]
        assert "M1-MC" in self.page(shop, address="dictionaries/").text

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"f-travel_x-unit": "kg"}, "f-travel_x"),
            ({"f-axes-code": "Axes!"}, "f-axes"),
            ({"new-0-code": "axes", "new-0-name": "A", "new-0-name_zh": "甲"}, "new-0"),
            ({"f-axes-minimum": "9", "f-axes-maximum": "three"}, "f-axes"),
            ({"reason": " "}, None),
            ({}, None),
        ],
    )
    def test_what_is_wrong_is_told_at_its_field(self, shop, changes, place):
        shown = self.page(shop, self.typed(shop, **changes))
        assert shown.status_code == 400
        wrong = [row.prefix for row in shown.context["rows"] if row.errors]
        assert wrong == ([place] if place else [])
        assert bool(shown.context["form"].errors) is (place is None)
        assert not DictionaryVersion.objects.exists()
        assert_untouched(shop)

    def test_others_do_not_see_it(self, shop):
        for address in ("dictionaries/", "dictionaries/M1-MC/"):
            assert self.page(shop, who="owner", address=address).status_code == 404
