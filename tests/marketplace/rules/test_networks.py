import pytest

from marketplace.rules import networks
from marketplace.rules.networks import caller, covers, flaws_of, holds, network, tidy

TRUSTED = ["10.0.0.0/8", "fd00::/8"]


class TestNetworks:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "fe80::1%eth0",
            "fe80::%1/64",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/8/8",
            "1.2.3",
        ],
    )
    def test_refuse_what_is_none_at_its_place(self, text):
        assert [flaw.pointer for flaw in flaws_of(["10.0.0.0/8", text])] == ["/networks/1"]

    def test_are_no_more_than_a_key_has(self):
        most = [f"10.0.{n}.0/24" for n in range(networks.MOST)]

        assert flaws_of(most) == []
        assert [flaw.code for flaw in flaws_of([*most, "::1"])] == ["too_many"]

    def test_are_stored_in_one_form_once(self):
        assert tidy(["10.0.0.1", "10.0.0.1/32", "2001:DB8::/32"]) == ["10.0.0.1/32", "2001:db8::/32"]
        assert network("nonsense") is None

    def test_of_ipv4_inside_of_ipv6_are_those_of_ipv4(self):
        assert tidy(["::ffff:10.0.0.1", "::ffff:10.0.0.0/104"]) == ["10.0.0.1/32", "10.0.0.0/8"]
        assert tidy(["::/0", "::fffe:10.0.0.1"]) == ["::/0", "::fffe:a00:1/128"]
        assert holds(tidy(["::ffff:10.0.0.1"]), "10.0.0.1")

    @pytest.mark.parametrize(
        ("address", "inside"),
        [
            ("203.0.113.9", True),
            ("::ffff:203.0.113.9", True),
            ("2001:db8:1::1", True),
            ("203.0.114.9", False),
            ("2001:db9::1", False),
            ("unknown", False),
            ("", False),
        ],
    )
    def test_hold_addresses_of_their_own(self, address, inside):
        assert holds(["203.0.113.0/24", "2001:db8::/32"], address) is inside

    @pytest.mark.parametrize(
        ("outer", "inner", "covered"),
        [
            ([], [], True),
            (["10.0.0.0/8"], ["10.0.0.0/8"], True),
            (["10.0.0.0/8", "::/0"], ["10.9.0.0/16", "2001:db8::/32"], True),
            (["10.0.0.0/8"], ["10.0.0.0/7"], False),
            (["10.0.0.0/8"], ["::/0"], False),
            (["::/0"], ["10.0.0.0/8"], False),
            (["10.0.0.0/8"], [], False),
        ],
    )
    def test_cover_others(self, outer, inner, covered):
        assert covers(outer, inner) is covered


class TestTheCaller:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "found"),
        [
            ("203.0.113.9", "", "203.0.113.9"),
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "9.9.9.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("fd00::1", "nonsense", "unknown"),
            ("10.0.0.1", " , ", "10.0.0.1"),
            ("", "198.51.100.1", "unknown"),
            ("10.0.0.1", "198.51.100.1:4711, 10.0.0.2:80", "198.51.100.1"),
            ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
            ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
            ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
            ("10.0.0.1", "[", "unknown"),
        ],
    )
    def test_is_the_nearest_that_is_no_trusted_proxy(self, peer, forwarded, found):
        assert caller(peer, forwarded, trusted=TRUSTED) == found

    def test_is_who_is_connected_where_no_proxy_is_trusted(self):
        assert caller("203.0.113.9", "198.51.100.1", trusted=[]) == "203.0.113.9"

    @pytest.mark.parametrize(
        ("proxies", "found"), [(1, "198.51.100.1"), (2, "9.9.9.9"), (5, "9.9.9.9"), (0, "203.0.113.9")]
    )
    def test_is_found_by_the_number_of_proxies_as_well(self, proxies, found):
        assert caller("203.0.113.9", "9.9.9.9, 198.51.100.1", trusted=[], proxies=proxies) == found

    def test_without_a_header_behind_a_proxy_is_who_is_connected(self):
        assert caller("203.0.113.9", "", trusted=[], proxies=1) == "203.0.113.9"
