"""Limits of the REST API and trusted proxies can be set; what can be neither stops the start with advice."""

import pytest

from tests.config.test_retention import loaded


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REST_REQUESTS_A_MINUTE", "0"),
        ("REST_REQUESTS_A_MINUTE_UNKNOWN", "100001"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)
def test_what_makes_no_sense_is_refused(name, value):
    assert name in loaded(**{name: value})


def test_others_are_taken():
    assert loaded(REST_REQUESTS_A_MINUTE="1", TRUSTED_PROXIES="10.0.0.0/8,fd00::/8", REST_LOG="off") == ""
