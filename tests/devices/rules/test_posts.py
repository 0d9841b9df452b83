import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules import posts
from devices.rules.envelopes import Malformed


def flaw(body):
    with pytest.raises(Malformed) as caught:
        posts.read(body)
    return caught.value.pointer, caught.value.code


class TestRead:
    def test_gives_each_delivery_with_the_device_it_names_and_its_own_text(self):
        one, two = {"device": "dev_1", "epoch": "e"}, {"epoch": "f", "readings": [1]}

        parts = posts.read(json.dumps({"deliveries": [one, two]}).encode())

        assert [part.device for part in parts] == ["dev_1", None]
        assert [json.loads(part.body) for part in parts] == [one, two]

    @pytest.mark.parametrize("part", ["7", "null", "[]", '"dev_1"', '{"device": 7}', '{"device": {"a": 1}}'])
    def test_takes_what_names_no_device_as_a_delivery_without_one(self, part):
        assert posts.read(f'{{"deliveries": [{part}]}}'.encode()) == [posts.Part(None, part.encode())]

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            (b"{", ("", "malformed_json")),
            (b"[" * 100_000, ("", "malformed_json")),
            (b"\xff", ("", "malformed_json")),
            (b"[]", ("/deliveries", "wrong_shape")),
            (b"{}", ("/deliveries", "wrong_shape")),
            (b'{"deliveries": {}}', ("/deliveries", "wrong_shape")),
            (b'{"deliveries": []}', ("/deliveries", "required")),
            (json.dumps({"deliveries": [{}] * 501}).encode(), ("/deliveries", "too_many")),
        ],
    )
    def test_refuses_a_body_that_is_no_list_of_deliveries(self, body, found):
        assert flaw(body) in (found, ("/deliveries", "wrong_shape"))

    @pytest.mark.parametrize(
        "body",
        [
            '{"deliveries": [{"epoch": "a"}], "deliveries": [{"epoch": "b"}]}',
            '{"\\u0064eliveries": [{"epoch": "a"}], "deliveries": [{"epoch": "b"}]}',
        ],
    )
    def test_refuses_a_list_that_would_be_lost(self, body):
        assert flaw(body.encode()) == ("", "name_twice")

    def test_takes_a_text_that_looks_like_a_name(self):
        part = '{"epoch": "\\"deliveries\\"", "x": "deliveries", "\\u0079": 1}'

        assert [one.body for one in posts.read(f'{{"deliveries": [{part}]}}'.encode())] == [part.encode()]

    @given(st.binary(max_size=200))
    def test_never_fails_otherwise(self, body):
        try:
            posts.read(body)
        except Malformed as error:
            assert error.text


def test_check_size_counts_all_deliveries_together():
    posts.check_size([2, 3], most=5)

    with pytest.raises(Malformed) as caught:
        posts.check_size([2, 3, 1], most=5)

    assert (caught.value.pointer, caught.value.code) == ("/deliveries", "too_many")
