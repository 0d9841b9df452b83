"""What owners stated and type while the dictionary changes: nothing is read as what it never was."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.actions import dictionaries, equipment
from marketplace.actions.dictionaries import DictionaryChanged, DictionaryInvalid
from marketplace.models import DictionaryVersion, Equipment, Listing, SpecStatement
from marketplace.queries.dictionaries import editions, last_followed, newest
from marketplace.rules.categories import NUMBER, Field
from tests import once
from tests.factories.marketplace import NOON
from tests.marketplace.specified import COOLANT, LATER, Shop, assert_untouched

pytestmark = pytest.mark.django_db
METRES = {"unit": "m", "minimum": Decimal("0.001"), "maximum": Decimal(20)}
SOAK = Field("soak", "Soak", "保温", NUMBER, "s", None, None, (), "lower", False, False, 1)

shop = once.fixture(Shop)


class TestANumberInAUnitItsAuthorNeverSaw:
    def test_is_not_taken_by_the_action(self, shop):
        shop.next(table_load={"unit": "t", "maximum": Decimal(100), "minimum": None})
        with pytest.raises(DictionaryChanged) as refused:
            shop.state(specs={"table_load": "300"}, dictionary=1)
        assert refused.value.facts == {"version": 2, "seen": 1}
        assert_untouched(shop)

    def test_is_not_taken_over_rest(self, shop):
        address = f"equipment/{shop.machine.public_id}/"
        said = {"specs": {"coolant": "20"}, "dictionary_version": 2}
        shop.next(COOLANT)
        seen = {"If-Match": shop.api("get", address).headers["ETag"]}
        shop.next(coolant={"unit": "MPa", "maximum": None})
        answer = shop.api("patch", address, said, **seen)
        assert (answer.status_code, answer.json()["code"]) == (412, "dictionary_changed")
        assert shop.api("patch", address, {"specs": {"coolant": "20"}}, **seen).status_code == 400
        assert_untouched(shop)
        assert shop.api("patch", address, said | {"dictionary_version": 3}, **seen).status_code == 200

    def test_is_not_registered(self, shop):
        said = {"category": "M1-MC", "site": shop.machine.site.public_id, "name": "N", "maker_name": "M"}
        said |= {"model_name": "X", "serial_number": "QQ-78", "specs": shop.machine.specs}
        shop.next(COOLANT)
        answer = shop.api("post", "equipment/", said | {"dictionary_version": 1})
        assert (answer.status_code, answer.json()["code"]) == (412, "dictionary_changed")
        assert Equipment.objects.filter(serial_number="QQ-78").count() == 0
        assert shop.api("post", "equipment/", said | {"dictionary_version": 2}).status_code == 201

    def test_is_not_taken_from_the_form_and_what_was_typed_is_shown(self, shop):
        shop.next(COOLANT)
        typed = shop.form() | {"value-coolant": "77.5"}
        shop.next(coolant={"unit": "MPa", "maximum": None}, travel_x=METRES)
        shown = shop.page(data=typed)
        assert shown.status_code == 412
        assert shown.context["typed"] == [("冷却压力", "77.5")]
        assert "77.5" in shown.text
        assert 'name="dictionary" value="3"' in shown.text
        assert shown.context["form"]["value-coolant"].value() is None
        assert shop.now().dictionary_version == 1
        assert "coolant" not in shop.now().specs

    @pytest.mark.parametrize("name", ["version", "dictionary"])
    @pytest.mark.parametrize("told", ["", "9", "x" * 9])
    def test_a_form_that_does_not_say_what_was_seen_states_nothing(self, shop, name, told):
        assert shop.page(data=shop.form() | {"value-travel_x": "700", name: told}).status_code == 412
        assert_untouched(shop)

    @pytest.mark.parametrize("tag", ['"0"', '"2"'])
    def test_the_platform_makes_none_with_the_tag_of_one_that_is_not_the_newest(self, shop, tag):
        fields = shop.api("get", "categories/M1-MC/").json()["versions"][0]["fields"]
        sent = {"fields": [one | {"name": "N"} for one in fields], "reason": "ISO"}
        answer = shop.api("post", "categories/M1-MC/versions/", sent, who="clerk", **{"If-Match": tag})
        assert (answer.status_code, answer.json()["code"]) == (412, "dictionary_changed")
        assert not DictionaryVersion.objects.exists()

    def test_the_platform_does_not_undo_a_version_that_it_did_not_see(self, shop):
        address = "/dictionaries/M1-MC/"
        sent = {"reason": "GB/T", "version": 1}
        for row in shop.page(address, who="clerk").context["rows"]:
            sent |= {
                row.add_prefix(n): row[n].value() for n in row.fields if row[n].value() not in (None, False)
            }
        shop.next(COOLANT)
        shown = shop.page(address, sent | {"f-axes-name": "Axis count"}, who="clerk")
        assert shown.status_code == 412
        assert shown.context["late"]["typed"] == [("轴数", "英文名称", "Axis count")]
        assert "Axis count" in shown.text
        assert 'value="GB/T"' in shown.text
        assert newest(shop.machine.category).number == 2
        assert shop.page(address, sent | {"version": ""}, who="clerk").status_code == 412


class TestAChoiceThatIsGone:
    @pytest.fixture
    def gone(self, shop):
        has = shop.machine.specs["controller"]
        others = tuple(one for one in self.choices(shop) if one != has)
        shop.next(controller={"choices": others})
        return has

    def choices(self, shop):
        return next(one for one in newest(shop.machine.category).fields if one.code == "controller").choices

    def test_is_shown_named_and_kept_by_the_form(self, shop, gone):
        shown = shop.page()
        assert "海德汉（数据字典中已没有）" in shown.text
        assert shown.context["unfit"] == ["数控系统"]
        assert shop.page(data=shop.form() | {"value-travel_x": "700"}).redirect_chain
        assert (shop.now().specs["controller"], shop.now().specs["travel_x"]) == (gone, "700")

    def test_is_kept_by_who_states_something_else_and_told_over_rest(self, shop, gone):
        assert shop.state(dictionary=2).specs["controller"] == gone
        shown = shop.api("get", f"equipment/{shop.machine.public_id}/specifications/").json()
        assert (shown["unfit"], shown["specs"]["controller"]) == (["controller"], gone)

    def test_is_no_choice_for_another_machine_and_can_be_left(self, shop, gone):
        other = self.choices(shop)[0]
        assert shop.state(specs={"controller": other}).specs["controller"] == other
        with pytest.raises(equipment.BadSpecs):
            shop.state(specs={"controller": gone})
        assert shop.now().specs["controller"] == other

    def test_a_number_beyond_new_bounds_stays_likewise(self, shop):
        shop.next(travel_x={"maximum": Decimal(10)})
        was = shop.machine.specs["travel_x"]
        assert shop.state(specs={"axes": "4", "travel_x": was}).specs["travel_x"] == was
        with pytest.raises(equipment.BadSpecs):
            shop.state(specs={"travel_x": "11"})


class TestWhatWasStatedFollows:
    @pytest.fixture
    def moved(self, shop):
        shop.state(sources={"travel_x": "MEASURED", "axes": "NAMEPLATE", "table_load": "MANUAL"})
        shop.next(
            travel_x=METRES, axes={"code": "axis_count"}, renamed={"axes": "axis_count"}, table_load=None
        )
        return shop

    def test_where_it_was_read_keeps_its_value(self, moved):
        followed = last_followed(moved.now(), editions(moved.machine.category))
        assert followed.values == moved.now().specs
        assert followed.sources == {"travel_x": "MEASURED", "axis_count": "NAMEPLATE"}
        shown = moved.page().context["form"]
        assert (shown["source-axis_count"].value(), shown["source-travel_x"].value()) == (
            "NAMEPLATE",
            "MEASURED",
        )

    def test_stating_something_else_loses_no_source(self, moved):
        moved.state(specs={"spindle_speed": "9000"})
        assert SpecStatement.objects.first().sources == {"travel_x": "MEASURED", "axis_count": "NAMEPLATE"}

    def test_stating_it_with_another_value_does(self, moved):
        moved.state(specs={"travel_x": "0.8"})
        assert SpecStatement.objects.first().sources == {"axis_count": "NAMEPLATE"}

    def test_the_history_names_what_changed_and_not_what_only_followed(self, moved):
        moved.state(specs={"travel_x": "0.8", "axis_count": "4"})
        newer = moved.page().context["history"][0]["changes"]
        assert [(one["old"], one["value"]) for one in newer] == [("5", "4"), ("0.7 m", "0.8 m")]


class TestHistory:
    def test_is_shown_and_handed_out_by_pages(self, shop):
        for place in range(23):
            shop.state(specs={"travel_x": str(600 + place)})
        shown = shop.page()
        assert (len(shown.context["history"]), shown.context["page"].paginator.num_pages) == (20, 2)
        (oldest,) = shown.context["history"][-1]["changes"]
        older = shop.page(f"/equipment/{shop.machine.public_id}/specs/?page=2").context["history"]
        assert (oldest["old"], oldest["value"]) == ("602 mm", "603 mm")
        assert [row["said"].number for row in older] == [4, 3, 2, 1]
        address = f"equipment/{shop.machine.public_id}/specifications/statements/"
        answer = shop.api("get", address + "?limit=20").json()
        assert ([one["number"] for one in answer["data"]][::19], answer["has_more"]) == ([24, 5], True)
        assert shop.api("get", address, who="stranger").status_code == 404


class TestNothingIsRounded:
    def test_a_version_that_would_round_what_is_stated_is_refused(self, shop):
        shop.next(SOAK)
        shop.state(specs={"soak": "100"})
        kept = shop.now()
        with pytest.raises(DictionaryInvalid) as refused:
            shop.next(soak={"unit": "min"})
        (flaw,) = refused.value.flaws
        place = len(newest(shop.machine.category).fields) - 1
        assert (flaw.pointer, flaw.code) == (f"/fields/{place}/unit", "would_round")
        assert flaw.facts == {"count": 2, "new": "min", "example": "100 s"}
        assert (shop.now().specs, shop.now().version) == (kept.specs, kept.version)
        assert newest(shop.machine.category).number == 2

    def test_one_under_which_it_comes_out_even_is_made(self, shop):
        shop.next(SOAK)
        shop.state(specs={"soak": "90"})
        shop.next(soak={"unit": "min"})
        assert shop.now().specs["soak"] == Listing.objects.get(pk=shop.listing.pk).specs["soak"] == "1.5"

    def test_what_was_stated_long_ago_stands_in_the_unit_of_its_day(self, shop):
        shop.next(SOAK)
        shop.state(specs={"soak": "100"})
        shop.state(specs={"soak": "90"})
        shop.next(soak={"unit": "min"})
        shop.state(specs={"soak": "2"})
        rows = [row["changes"] for row in shop.page().context["history"]]
        assert [(one["old"], one["value"]) for one in rows[0]] == [("1.5 min", "2 min")]
        assert [(one["old"], one["value"]) for one in rows[1]] == [("100 s", "90 s")]

    @pytest.mark.parametrize(("told", "code"), [("100 s", "uneven"), ("0.0000000001 ms", "uneven")])
    def test_what_an_owner_states_is_neither(self, shop, told, code):
        shop.next(Field("soak", "Soak", "保温", NUMBER, "min", None, None, (), "lower", False, False, 1))
        with pytest.raises(equipment.BadSpecs) as refused:
            shop.state(specs={"soak": told})
        assert [one.code for one in refused.value.flaws] == [code]
        assert_untouched(shop)


class TestUnits:
    def test_at_least_500_mm_finds_what_is_stated_as_600_mm_in_any_unit(self, shop):
        mine = [shop.listing.public_id]
        for told in ("0.6 m", "60 cm", "600 毫米", "600000 um"):
            assert shop.state(specs={"travel_x": told}, expected=None).specs["travel_x"] == "600"
            shop.state(specs={"travel_x": "900"})
        shop.state(specs={"travel_x": "0.6 m"})
        shop.next(travel_x=METRES)
        assert shop.now().specs["travel_x"] == "0.6"
        for least, found in (("500", mine), ("600", mine), ("601", [])):
            answer = shop.api("get", f"search/?category=M1-MC&min_travel_x={least}", who=None).json()
            assert [one["listing"]["id"] for one in answer["data"]] == found

    def test_a_lowered_bound_takes_no_machine_out_of_the_search(self, shop):
        shop.next(travel_x={"maximum": Decimal(400)})
        for asked in ("min_travel_x=300", "min_travel_x=500", "max_travel_x=700"):
            answer = shop.api("get", f"search/?category=M1-MC&{asked}", who=None).json()
            assert [one["listing"]["id"] for one in answer["data"]] == [shop.listing.public_id], asked

    def test_a_version_writes_them_as_everybody_does(self, shop):
        made = {
            "fields": shop.api("get", "categories/M1-MC/").json()["versions"][0]["fields"],
            "reason": "SI",
        }
        seen = {"If-Match": '"1"'}
        added = {"code": "tip", "name": "Tip", "name_zh": "刀尖", "kind": "number"}
        sent = made | {"fields": [*made["fields"], added | {"unit": "Mm"}]}
        answer = shop.api("post", "categories/M1-MC/versions/", sent, who="clerk", **seen)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unit_spelling")
        assert not DictionaryVersion.objects.exists()
        sent = made | {"fields": [*made["fields"], added | {"unit": "μm"}]}
        assert shop.api("post", "categories/M1-MC/versions/", sent, who="clerk", **seen).status_code == 201
        assert newest(shop.machine.category).fields[-1].unit == "µm"
        assert shop.api("post", "categories/M1-MC/versions/", sent, who="clerk", **seen).status_code == 412
        assert shop.api("post", "categories/M1-MC/versions/", sent, who="clerk").status_code == 428


def test_who_registers_many_holds_the_versions_of_all(shop):
    shop.next(COOLANT)
    held = dictionaries.held_by_code(codes=["M1-MC", "M1-LATHE", "nothing"])
    assert [held[code].number for code in ("M1-MC", "M1-LATHE", "nothing")] == [2, 1, 1]
    assert held["nothing"].fields == ()
    assert NOON + timedelta(hours=1) < LATER
