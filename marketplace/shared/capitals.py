"""Amounts in Chinese capitals, as contracts and official invoices print them."""

from marketplace.shared.money import Money

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


def capitals(money: Money) -> str:
    """
    Write an amount in yuan in capitals.

    An amount without fen ends with 整; a missing jiao before fen, or a missing place in the number, is 零.

        >>> capitals(Money(12345, "CNY"))
        '壹佰贰拾叁元肆角伍分'

    :raises ValueError: if the money is not yuan
    """
    if money.currency != "CNY":
        raise ValueError(f"capitals are for CNY, not for {money.currency}")
    yuan, rest = divmod(abs(money.minor), 100)
    sign = "负" if money.minor < 0 else ""
    return sign + _yuan(yuan, rest) + _below(yuan, rest)


def _yuan(yuan: int, rest: int) -> str:
    return _number(yuan) + "元" if yuan or not rest else ""


def _below(yuan: int, rest: int) -> str:
    jiao, fen = divmod(rest, 10)
    words = DIGITS[jiao] + "角" if jiao else ""
    if not fen:
        return words + "整"
    return words + ("零" if yuan and not jiao else "") + DIGITS[fen] + "分"


def _number(number: int) -> str:
    for size, name in UNITS:
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _number(high) + name + gap + (_number(low) if low else "")
    return DIGITS[number]
