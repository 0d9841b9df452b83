"""Codes of authenticators, limits of tries, papers, and what an organization says of itself."""

import zlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from marketplace.rules import maturity, proofs, throttles, totp, verifications
from marketplace.rules.joining import ApplicantInvalid, mended, read, tidy
from marketplace.rules.proofs import NotAPaper
from marketplace.rules.throttles import Limit, Tried, after, is_shut
from marketplace.rules.verifications import State, Step, a_year_after
from tests.joining.world import PDF, picture, typed

AT = datetime(2026, 11, 5, 4, tzinfo=UTC)
RFC = b"12345678901234567890"


def packed(objects, kind=b"/ObjStm"):
    """A PDF that holds objects in a compressed stream."""
    held = b"2 0 obj <</Type %s /Filter /FlateDecode>>\nstream\n%s\nendstream endobj\n" % (
        kind,
        zlib.compress(objects),
    )
    return PDF.replace(b"trailer", held + b"trailer")


class TestCodes:
    @pytest.mark.parametrize(
        ("seconds", "code"),
        [  # RFC 6238 appendix B, SHA-1
            (59, "94287082"),
            (1111111109, "07081804"),
            (1111111111, "14050471"),
            (1234567890, "89005924"),
            (2000000000, "69279037"),
            (20000000000, "65353130"),
        ],
    )
    def test_are_those_of_the_rfc(self, seconds, code):
        assert totp.code_at(RFC, totp.step_of(seconds), digits=8) == code
        assert totp.code_at(RFC, totp.step_of(seconds)) == code[2:]

    @pytest.mark.parametrize(("drift", "passes"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_of_the_steps_beside_are_taken(self, drift, passes):
        code = totp.code_at(RFC, 1000 + drift)

        assert (totp.matched(RFC, code, seconds=30_000, last_step=-1) == 1000 + drift) is passes

    def test_are_not_taken_twice(self):
        code = totp.code_at(RFC, 1000)

        assert totp.matched(RFC, f" {code[:3]} {code[3:]} ", seconds=30_000, last_step=999) == 1000
        assert totp.matched(RFC, code, seconds=30_000, last_step=1000) is None

    @pytest.mark.parametrize("text", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "12 345"])
    def test_are_six_plain_digits(self, text):
        assert totp.matched(RFC, text, seconds=30_000, last_step=-1) is None

    def test_stand_in_the_picture_for_the_app(self):
        said = totp.address(RFC, account="a@b.cn", issuer="Jijian")

        assert said.startswith("otpauth://totp/Jijian%3Aa%40b.cn?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&")


class TestTries:
    LIMIT = Limit(3, timedelta(minutes=15), timedelta(seconds=30), timedelta(minutes=2))

    def test_beyond_the_limit_wait_twice_as_long_each_time(self):
        tried, at, waits = None, AT, []
        for _ in range(7):
            tried = after(tried, self.LIMIT, at)
            waits.append((tried.until - at).total_seconds() if tried.until else 0)
            at = tried.until or at

        assert waits == [0, 0, 30, 60, 120, 120, 120]

    def test_are_forgotten_when_the_time_is_over(self):
        tried = after(Tried(2, AT), self.LIMIT, AT + timedelta(minutes=15))

        assert tried == Tried(1, AT + timedelta(minutes=15))

    def test_a_wait_is_waited_for_to_its_end(self):
        shut = Tried(3, AT, AT + timedelta(seconds=30))

        assert is_shut(shut, AT + timedelta(seconds=29))
        assert not is_shut(shut, AT + timedelta(seconds=30))
        assert not is_shut(None, AT)

    @given(some.lists(some.integers(0, 4000), max_size=40))
    def test_never_more_than_the_limit_pass_within_the_time(self, pauses):
        tried, at, passed = None, AT, []
        for pause in pauses:
            at += timedelta(seconds=pause)
            if not is_shut(tried, at):
                tried = after(tried, self.LIMIT, at)
                passed.append(at)

        for first in passed:
            window = [one for one in passed if first <= one < first + timedelta(seconds=30)]
            assert len(window) <= 2 * self.LIMIT.most

    def test_a_long_attack_overflows_nothing(self):
        assert after(Tried(10**6, AT), self.LIMIT, AT).until == AT + timedelta(minutes=2)

    def test_every_limit_of_the_house_waits_at_last(self):
        limits = [one for one in vars(throttles).values() if isinstance(one, Limit)]

        assert len(limits) >= 10
        assert all(one.wait <= one.longest for one in limits)


class TestPapers:
    def test_a_picture_is_written_anew_and_a_pdf_is_kept(self):
        assert proofs.read(picture()).media_type == "image/jpeg"
        assert proofs.read(picture()).content != picture()
        assert (proofs.read(PDF).content, proofs.read(PDF).media_type) == (PDF, "application/pdf")
        plain = packed(b"1 0 <</Type /Page>>")
        assert proofs.read(plain).content == plain

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", "empty"),
            (b"x" * (proofs.LARGEST + 1), "too_large"),
            (b"<svg onload='x'/>", "no_paper"),
            (b"MZ\x90\x00", "no_paper"),
            (picture()[:40], "no_paper"),
            (picture((60_000, 1), "PNG"), "no_paper"),
            (PDF[:-8], "cut_short"),
            (PDF.replace(b"/Catalog", b"/Catalog /OpenAction 2 0 R"), "active"),
            (PDF.replace(b"/Catalog", b"/Catalog /J#61vaScript (x)"), "active"),
            (PDF.replace(b"/Catalog", b"/Catalog /EmbeddedFiles 3 0 R"), "active"),
            (PDF.replace(b"<<>>", b"<</Encrypt 4 0 R>>"), "locked"),
            (PDF.replace(b"/Catalog", b"/Catalog /S /URI"), "active"),
            (PDF + b"x" * proofs.LARGEST_PDF, "too_large"),
            (packed(b"1 0 <</S /JavaScript /JS (x)>>"), "active"),
            (packed(b"1 0 <</S /J#61vaScript>>", b"/ObjSt#6d"), "active"),
            (packed(b"1 0 <<>>", b"/ObjStm /DecodeParms <</Predictor 12>>"), "active"),
            (packed(b"1 0 <<>>").replace(b"stream\nx", b"stream\ny"), "active"),
            (packed(b" " * (proofs.MOST_UNPACKED + 1)), "active"),
        ],
        ids=lambda one: str(one[-16:]),
    )
    def test_what_is_none_is_refused(self, data, why):
        with pytest.raises(NotAPaper, match=why):
            proofs.read(data)


class TestApplicants:
    def test_are_tidied_and_their_region_is_that_of_the_code(self):
        given = typed(name="  苏州\n恒力\u200b  厂 ", industry_code="c3421")
        found = read(given | {"credit_code": given["credit_code"].lower()})

        assert (found.name, found.industry_code, found.region_code) == ("苏州 恒力 厂", "C3421", "320594")
        assert found.credit_code == given["credit_code"]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"credit_code": "91320594MA000001X9"}, "/credit_code"),
            ({"credit_code": ""}, "/credit_code"),
            ({"credit_code": "' OR 1=1 --"}, "/credit_code"),
            ({"name": "x"}, "/name"),
            ({"name": "x" * 121}, "/name"),
            ({"name": None}, "/name"),
            ({"name": ["a"]}, "/name"),
            ({"kind": "PLATFORM"}, "/kind"),
            ({"kind": "REGULATOR"}, "/kind"),
            ({"region_code": "999999"}, "/region_code"),
            ({"region_code": "٣٢٠٥٩٤"}, "/region_code"),
            ({"industry_code": "Z1"}, "/industry_code"),
            ({"address": " \u200b "}, "/address"),
            ({"address": "x" * 201}, "/address"),
            ({"phone": "call me"}, "/phone"),
            ({"phone": "1" * 40}, "/phone"),
        ],
    )
    def test_say_at_the_field_what_is_wrong(self, changes, field):
        with pytest.raises(ApplicantInvalid) as refused:
            read(typed(**changes))

        assert field in [flaw.pointer for flaw in refused.value.flaws]

    def test_every_fault_is_named_at_once(self):
        with pytest.raises(ApplicantInvalid) as refused:
            read({})

        assert {flaw.pointer for flaw in refused.value.flaws} == {
            "/credit_code",
            "/name",
            "/kind",
            "/region_code",
            "/address",
            "/phone",
        }

    def test_mend_what_they_said_before(self):
        before = typed() | {"region_code": "320594"}

        assert mended(before, {"name": "Neu GmbH", "phone": before["phone"], "kind": "LESSOR"}) == {
            "name": "Neu GmbH"
        }
        with pytest.raises(ApplicantInvalid):
            mended(before, {"phone": "none"})

    @given(some.text())
    def test_texts_become_one_line(self, text):
        assert tidy(text) == tidy(tidy(text))
        assert not set(tidy(text)) & {"\n", "\r", "\x00", "\u2028"}


class TestVerifications:
    @pytest.mark.parametrize(
        ("step", "state", "possible"),
        [
            (Step.APPROVE, State.WAITING, True),
            (Step.APPROVE, State.ASKED, True),
            (Step.REFUSE, State.APPROVED, False),
            (Step.ASK, State.REFUSED, False),
            (Step.ANSWER, State.ASKED, True),
            (Step.ANSWER, State.WAITING, False),
            (Step.SUBMIT, State.WAITING, False),
        ],
    )
    def test_go_their_way(self, step, state, possible):
        assert verifications.is_possible(step, state) is possible

    def test_are_made_again_after_a_year(self):
        assert a_year_after(date(2026, 11, 5)) == date(2027, 11, 5)
        assert a_year_after(date(2028, 2, 29)) == date(2029, 3, 1)


class TestMaturity:
    @pytest.mark.parametrize(
        ("text", "tier"),
        [
            ("BASIC", "BASIC"),
            (" leading ", "LEADING"),
            ("基础级", "BASIC"),
            ("提升", "ADVANCED"),
            ("标杆", "EXCELLENT"),
            ("引领", "LEADING"),
            ("领航级", "LEADING"),
            ("六级", None),
            ("", None),
        ],
    )
    def test_tiers_have_names_of_two_papers(self, text, tier):
        assert maturity.tier_named(text) == tier

    @pytest.mark.parametrize(
        ("changes", "has_site", "pointers"),
        [
            ({"tier": "卓越级"}, True, []),
            ({"level": 3}, False, []),
            ({"level": 3}, True, ["/tier"]),
            ({"tier": "卓越级"}, False, ["/level"]),
            ({"level": 6}, False, ["/level"]),
            ({"level": True}, False, ["/level"]),
            ({"level": 10**30}, False, ["/level"]),
            ({"level": 3, "source": " "}, False, ["/source"]),
            ({"level": 3, "source": "x" * 201}, False, ["/source"]),
            ({"level": 3, "valid_from": date(2026, 11, 6)}, False, ["/valid_from"]),
            ({"level": 3, "valid_from": None}, False, ["/valid_from"]),
            ({}, False, ["/level"]),
        ],
    )
    def test_a_site_has_a_tier_and_an_organization_a_level(self, changes, has_site, pointers):
        given = {"source": "工信部 2025 年名单", "valid_from": date(2025, 3, 1)} | changes
        found = maturity.flaws(given, has_site=has_site, today=date(2026, 11, 5))

        assert [flaw.pointer for flaw in found] == pointers
