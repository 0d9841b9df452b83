"""Messages of Stripe are believed by their signature; the published figures."""

import pytest

from billing.payments.rules.signatures import fault, signature
from tests.marketplace.vectors import FINANCE

SIGNED = FINANCE["stripe_signatures"]
BODY, SECRET, AT = b'{"a":1}', "whsec_x", 1_764_576_000


def time_of(header):
    return int(header.partition("t=")[2].partition(",")[0])


def header(at=AT, body=BODY, secret=SECRET):
    return f"t={at},v1={signature(body, secret, at)}"


class TestPublishedFigures:
    @pytest.mark.parametrize("case", SIGNED["valid"], ids=lambda case: case["secret"])
    def test_valid(self, case):
        assert fault(case["body"].encode(), case["header"], case["secret"], case["timestamp"]) == ""

    @pytest.mark.parametrize("case", SIGNED["must_reject"], ids=lambda case: case["why"])
    def test_must_reject(self, case):
        now = case.get("now", AT)

        assert fault(case["body"].encode(), case["header"], case["secret"], now)

    @pytest.mark.parametrize("case", SIGNED["must_accept"], ids=lambda case: case["why"])
    def test_must_accept(self, case):
        now = case.get("now", time_of(case["header"]))

        assert fault(case["body"].encode(), case["header"], case["secret"], now) == ""


class TestTime:
    @pytest.mark.parametrize("ahead", [-300, 0, 300])
    def test_within_five_minutes_it_is_now(self, ahead):
        assert fault(BODY, header(AT + ahead), SECRET, AT) == ""

    @pytest.mark.parametrize("ahead", [-301, 301, 86_400])
    def test_beyond_it_is_not_even_in_the_future(self, ahead):
        assert fault(BODY, header(AT + ahead), SECRET, AT) == "its time is not now"


class TestOddHeaders:
    @pytest.mark.parametrize(
        "odd",
        [
            "",
            ",",
            "t=",
            "t=x,v1=y",
            "t=-1,v1=a",
            "t=1e5,v1=a",
            "t=１,v1=a",
            "t=1,t=2,v1=a",
            "v1",
            "t=" + "9" * 400,
        ],
    )
    def test_are_refused_and_nothing_breaks(self, odd):
        assert fault(BODY, odd, SECRET, AT) == "it names no time"

    @pytest.mark.parametrize("odd", ["t=1764576000", "t=1764576000,v0=a", "t=1764576000,v1=ü"])
    def test_without_a_signature_that_fits(self, odd):
        assert fault(BODY, odd, SECRET, AT) == "its signature does not fit"

    def test_another_body_does_not_fit(self):
        assert fault(BODY + b" ", header(), SECRET, AT) == "its signature does not fit"
