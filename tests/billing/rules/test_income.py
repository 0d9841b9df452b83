"""The months and sums of an owner's income."""

from datetime import date

from billing.rules.income import Part, Sums, after, months, total


def test_twelve_months_end_with_the_one_of_the_day():
    found = months(date(2026, 11, 28))

    assert (found[0], found[-1], len(found)) == (date(2025, 12, 1), date(2026, 11, 1), 12)
    assert (after(date(2026, 12, 1)), after(date(2027, 1, 1))) == (date(2027, 1, 1), date(2027, 2, 1))


def test_parts_add_up_to_what_is_still_to_come():
    one = Sums(
        {
            Part.BILLED: 904_000,
            Part.CREDITED: -4_000,
            Part.FEE: -84_800,
            Part.PAID_OUT: -800_000,
            Part.MOVED: 0,
            Part.OTHER: -200,
        },
        3,
    )
    whole = total({"a": one, "b": Sums()})

    assert (one.earned, one.still_to_come) == (815_000, 15_000)
    assert (whole.earned, whole.still_to_come, whole.open_minor, whole[Part.FEE]) == (
        815_000,
        15_000,
        3,
        -84_800,
    )
