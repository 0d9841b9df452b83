from marketplace.rules import categories
from marketplace.rules.search import concepts
from marketplace.rules.search.words import plain


class TestTheList:
    def test_every_broader_one_is_listed_and_none_is_its_own(self):
        known = concepts.concepts()
        for one in known.values():
            assert set(one.broader) <= known.keys()
            assert one.code not in {code for each in one.broader for code in concepts.with_broader(each)}

    def test_no_word_means_two_things(self):
        words = [word for one in concepts.concepts().values() for word in one.words]
        assert sorted(words) == sorted(set(words))

    def test_every_category_has_a_concept_but_the_one_that_holds_two_trades(self):
        named = {one.category for one in concepts.concepts().values() if one.category}
        assert {node.code for node in categories.tree() if node.parent} - named == {"M1-GRIND-EDM"}
        assert named <= {node.code for node in categories.tree()}

    def test_the_words_are_in_one_form(self):
        assert all(plain(word).text == word for word in concepts.lexicon())


class TestInText:
    def test_a_kind_is_what_it_is_a_kind_of(self):
        assert {"vertical_centre", "machining_centre", "cnc"} <= concepts.all_in(plain("立式加工中心"))

    def test_a_chinese_and_an_english_word_are_one(self):
        assert "laser_cutting" in concepts.all_in(plain("激光切割")) & concepts.all_in(plain("Laser Cutting"))

    def test_no_part_of_a_longer_latin_word_or_number(self):
        assert "industrial_ct" not in concepts.all_in(plain("contract"))
        assert "five_axis" not in concepts.all_in(plain("15轴"))

    def test_the_longest_word_is_read(self):
        found = concepts.longest_at(plain("数控车床出租"), 0)
        assert found == concepts.Found(0, 4, "lathe")

    def test_a_category_says_its_concepts(self):
        assert {"cmm", "inspection"} == concepts.of_category("Q1-CMM")
