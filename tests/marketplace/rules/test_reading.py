from decimal import Decimal

from marketplace.rules.reading import Reader


class TestReader:
    def test_notes_required_fields_once_and_goes_on(self):
        reader = Reader({}, ("days", "modes"), "/rule", [])

        assert (reader.whole("days", least=3), reader.words("modes")) == (3, ())
        assert [(flaw.pointer, flaw.code) for flaw in reader.flaws] == [
            ("/rule/days", "required"),
            ("/rule/modes", "required"),
        ]

    def test_reads_whole_numbers_as_decimals(self):
        assert Reader({"price": 86}, ("price",), "", []).decimal("price") == Decimal(86)
