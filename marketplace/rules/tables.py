"""What a reader asks of a table by its address: which columns, in which order, which page of it."""

import re
from collections.abc import Collection, Iterable, Sequence

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Invalid

FARTHEST = 99_999  # the last page that can be asked for
PAGE = re.compile(r"[1-9][0-9]{0,4}")


class UnknownColumn(Invalid):
    """The table has no such column."""

    code = "unknown_column"
    text = gettext_noop("There is no column “{asked}”. There are: {known}.")


class UnknownOrder(Invalid):
    """The table cannot be sorted by this."""

    code = "unknown_order"
    text = gettext_noop(
        "The table cannot be sorted by “{asked}”, but by: {known}; a “-” before it turns it round."
    )


class UnknownFilter(Invalid):
    """The address names a filter that the page has not."""

    code = "unknown_filter"
    text = gettext_noop("There is no filter “{asked}”. There are: {known}.")


class UnknownPage(Invalid):
    """The address names a page of the table that cannot be."""

    code = "unknown_page"
    text = gettext_noop("There is no page “{asked}”. Pages are numbers from 1 to {most}.")


def columns(asked: Iterable[str], known: Sequence[str], *, always: Collection[str] = ()) -> tuple[str, ...]:
    """
    Return the columns to show in the order of the table: those asked for, or all of ``known`` if none is.

    Each of ``asked`` is a name or several with commas between them; ``always`` are shown in any case.

        >>> columns(["gross,number"], ["number", "net", "gross"])
        ('number', 'gross')

    :raises UnknownColumn: if one is not in ``known``
    """
    named = {name for text in asked for name in text.split(",") if name}
    for name in sorted(named.difference(known)):
        raise UnknownColumn(asked=name[:40], known=", ".join(known))
    return tuple(name for name in known if not named or name in named or name in always)


def order(asked: str, known: Collection[str]) -> tuple[str, bool]:
    """
    Return by what to sort, and whether downwards; an empty name for the table's own order.

    :raises UnknownOrder: if it is not in ``known``
    """
    name = asked.removeprefix("-")
    if asked and name not in known:
        raise UnknownOrder(asked=asked[:40], known=", ".join(known))
    return name, asked.startswith("-")


def filters(asked: Iterable[str], known: Collection[str]) -> None:
    """
    Let pass what is known.

    :raises UnknownFilter: if one is not in ``known``
    """
    for name in asked:
        if name not in known:
            raise UnknownFilter(asked=name[:40], known=", ".join(known))


def page(asked: str) -> int:
    """
    Return the number of a page of a table, the first if none is asked for.

    :raises UnknownPage: if it is no whole number from 1 to ``FARTHEST``
    """
    if asked and not PAGE.fullmatch(asked):
        raise UnknownPage(asked=asked[:40], most=FARTHEST)
    return int(asked or 1)
