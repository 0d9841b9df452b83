from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing.lines import UsageNotRateable
from marketplace.rules.services import MOST, Basis, Service, chosen, read_all

MAINTENANCE = {
    "id": "svc_1",
    "kind": "MAINTENANCE",
    "provider": "org_1",
    "provider_name": "修理厂",
    "basis": "HOUR",
    "price_minor": 30_000,
    "currency": "CNY",
    "tax_category": "REPAIR",
    "lead_hours": 48,
    "required": False,
    "description_zh": "主轴保养",
    "description_en": "Care of the spindle",
}


def service(**changes) -> Service:
    flaws = []
    read = Service.read(MAINTENANCE | changes, "", flaws)
    assert flaws == []
    return read


def wrong(nodes, currency="CNY"):
    flaws = []
    read_all(nodes, "/services", flaws, currency=currency)
    return [(flaw.pointer, flaw.code) for flaw in flaws]


class TestPrice:
    @pytest.mark.parametrize(
        ("basis", "quantity", "share", "net"),
        [
            ("HOUR", "3.5", 1, 105_000),  # 3.5 h × 300.00
            ("ORDER", "1", 1, 30_000),
            ("MONTH", "0", Fraction(10, 31), 9_677),  # 300.00 × 10/31 = 96.774…
        ],
    )
    def test_is_computed_as_a_plan_is_and_sold_by_the_provider(self, basis, quantity, share, net):
        charged = service(basis=basis).charge(Decimal(quantity), share_of_period=share)

        (line,) = charged.lines
        assert (line.net.minor, line.seller, line.tax_category) == (net, "org_1", "REPAIR")
        assert not line.is_rent

    def test_of_less_than_no_hours_is_refused(self):
        with pytest.raises(UsageNotRateable):
            service().charge(Decimal(-1))

    @pytest.mark.parametrize(
        ("basis", "words"),
        [
            (Basis.HOUR, "¥300.00 per hour of work"),
            (Basis.ORDER, "¥300.00 per order"),
            (Basis.MONTH, "¥300.00 for each billing period; a part period is charged by the day"),
        ],
    )
    def test_is_said_in_the_words_of_plans(self, basis, words):
        (phrase,) = service(basis=basis).price_phrases()

        assert phrase.msgid.format(**phrase.facts) == words


class TestReading:
    def test_and_writing_give_the_same_back(self):
        assert service().dump() == MAINTENANCE
        assert service().digest() == service().digest() != service(price_minor=1).digest()

    @pytest.mark.parametrize(
        ("kind", "category"),
        [("MAINTENANCE", "REPAIR"), ("INSTALLATION", "INSTALLATION"), ("TRAINING", "SERVICE")],
    )
    def test_gives_the_usual_tax_category_where_none_is_named(self, kind, category):
        node = {name: value for name, value in MAINTENANCE.items() if name != "tax_category"}

        assert Service.read(node | {"kind": kind}, "", []).tax_category == category

    def test_names_every_fault_at_its_pointer(self):
        node = MAINTENANCE | {
            "kind": "MAGIC",
            "price_minor": -1,
            "required": "yes",
            "description_zh": " ",
            "x": 1,
        }

        assert wrong([node]) == [
            ("/services/0/x", "unknown_field"),
            ("/services/0/kind", "not_a_choice"),
            ("/services/0/price_minor", "not_a_whole_number"),
            ("/services/0/required", "not_yes_or_no"),
            ("/services/0/description_zh", "not_text"),
        ]

    def test_refuses_the_same_twice_another_currency_and_what_is_no_list(self):
        assert wrong([MAINTENANCE, MAINTENANCE]) == [("/services/1/id", "service_twice")]
        assert wrong([MAINTENANCE], "EUR") == [("/services/0/currency", "other_currency")]
        assert wrong("x") == wrong([MAINTENANCE] * (MOST + 1)) == [("/services", "not_a_list")]

    def test_gives_the_english_words_where_there_are_some(self):
        assert service().description("en") == "Care of the spindle"
        assert service().description("zh-hans") == service(description_en="").description("en") == "主轴保养"


class TestChosen:
    def test_are_the_required_ones_and_those_wanted_in_the_order_of_the_offer(self):
        offered = [service(id="a"), service(id="b", required=True), service(id="c")]

        picked, unknown = chosen(offered, ["c", "z"])

        assert [one.id for one in picked] == ["b", "c"]
        assert unknown == ["z"]
