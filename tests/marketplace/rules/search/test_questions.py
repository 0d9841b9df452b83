import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.search import spoken, tsquery
from marketplace.rules.search.questions import LONGEST, MOST_TERMS, Known, Term, asked

CITIES = spoken.spellings([("苏州", "p:苏州"), ("深圳", "p:深圳")])
KNOWN = Known(
    frozenset({"苏州", "深圳", "suzhou"}), lambda word: spoken.heard(word, spoken.of_concepts(), CITIES)
)


def tokens(text):
    """Return what is looked up for each term of a question."""
    return [term.any_of for term in asked(text, KNOWN)]


class TestWords:
    def test_the_longest_concept_is_one_term(self):
        assert tokens("五轴加工中心") == [(("c:five_axis",),), (("c:machining_centre",),)]

    def test_places_are_read_as_places(self):
        assert tokens("苏州 注塑机") == [(("p:苏州",),), (("c:moulding",),)]
        assert tokens("江苏折弯机") == [(("r:32",),), (("c:bending",),)]

    def test_what_says_only_that_one_wants_to_lease_is_left_out(self):
        assert tokens("苏州有没有三坐标出租") == tokens("苏州三坐标")

    def test_a_common_word_counts_where_nothing_else_is_said(self):
        assert tokens("设备") == [(("w:设备",),)]
        assert tokens("设备 空压机") == [(("c:compressor",),)]

    def test_unknown_words_are_looked_up_piece_by_piece(self):
        assert tokens("手机壳 VMC850") == [(("w:手机", "w:机壳"),), (("c:vertical_centre",),), (("w:850",),)]

    def test_first_letters_may_be_chinese(self):
        assert (("w:jgzx",), ("c:machining_centre",)) in tokens("jgzx")
        both = {("p:深圳", "c:machining_centre"), ("p:苏州", "c:machining_centre")}
        assert both <= set(tokens("szjgzx")[0])

    def test_whole_sounds_too(self):
        assert ("c:cmm",) in tokens("sanzuobiao")[0]

    @given(st.text(max_size=300))
    def test_reads_anything(self, text):
        terms = asked(text, KNOWN)
        assert len(terms) <= MOST_TERMS
        assert all(term.any_of and all(term.any_of) for term in terms)

    @pytest.mark.parametrize("text", ["", "   ", "的", "出租"])
    def test_nothing_asked_is_no_term(self, text):
        assert asked(text, KNOWN) == ()

    def test_signs_alone_are_looked_up_and_found_nowhere(self):
        assert tokens("!!!") == [(("w:!!!",),)]

    def test_a_long_text_is_read_to_a_limit(self):
        assert asked("加工中心" * 10_000, KNOWN) == asked(("加工中心" * 10_000)[:LONGEST], KNOWN)


class TestAsPostgresReadsThem:
    def test_terms_are_met_all_their_alternatives_any(self):
        terms = [Term("a", (("w:a", "w:b"), ("c:c",))), Term("d", (("w:d",),))]
        assert tsquery.of_terms(terms) == "(('w:a' & 'w:b') | ('c:c')) & (('w:d'))"

    def test_quotes_and_backslashes_stay_letters(self):
        assert tsquery.lexeme("it's \\") == "'it''s \\\\'"

    def test_what_was_not_named_is_not_asked_of_the_head(self):
        terms = [Term("a", (("w:a",),)), Term("city", (("p:x",),), named=False)]
        assert tsquery.in_heads(terms) == "(('^w:a')) & (('p:x'))"
