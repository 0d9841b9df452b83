"""Filters that a person keeps under a name: what a name and a filter may be."""

from urllib.parse import parse_qsl, urlencode

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.readable import is_readable
from marketplace.shared.errors import Flaw, Invalid

PAGES = ("invoices", "leases", "orders")  # by the names of their addresses
SEARCH = "catalogue"  # a saved search: its page, which reads the question before it is kept
MOST = 20  # a person keeps of a page for an organization
LONGEST_NAME = 60
LONGEST_QUERY = 1_000
OF_A_MOMENT = frozenset({"page", "format", "after", "compare"})  # parameters that are no part of a filter


class FilterInvalid(Invalid):
    """The filter cannot be kept as it is."""

    code = "saved_filter_invalid"
    text = gettext_noop("This filter cannot be kept.")


TEXTS = {
    "page": gettext_noop("Filters are kept of these pages: {known}."),
    "name": gettext_noop("Give a name of 1 to {most} characters."),
    "query": gettext_noop("The filter is too long to be kept. Choose fewer values."),
    "days": gettext_noop("The days of this search are over. Choose other days to be told of what is new."),
}


def read(*, page: str, name: str, query: str) -> tuple[str, str]:
    """
    Return name and query string as they are kept: blanks made single, without what is of the moment.

        >>> read(page="invoices", name=" to  pay ", query="?status=ISSUED&page=3&kind=")
        ('to pay', 'status=ISSUED')

    :raises FilterInvalid: if the page is none of ``PAGES`` nor ``SEARCH``, or name or query are too long or
        empty of sense
    """
    kept, flaws = " ".join(name.split()), []
    if page not in (*PAGES, SEARCH):
        flaws.append(_flaw("page", known=", ".join(PAGES)))
    if not kept or len(kept) > LONGEST_NAME or not is_readable(kept):
        flaws.append(_flaw("name", most=LONGEST_NAME))
    asked = kept_query(query)
    if len(asked) > LONGEST_QUERY:
        flaws.append(_flaw("query"))
    if flaws:
        raise FilterInvalid(flaws=flaws)
    return kept, asked


def kept_query(query: str) -> str:
    """
    Return a query string as it is kept: in its order, without what is empty or of the moment.

        >>> kept_query("?tab=past&role=&page=2")
        'tab=past'
    """
    return urlencode(
        [(key, value) for key, value in parse_qsl(query.removeprefix("?")) if key not in OF_A_MOMENT]
    )


def over() -> FilterInvalid:
    """Return the error of a search whose days are over: nothing new can come of it."""
    return FilterInvalid(flaws=[Flaw("/query", "saved_filter_days", TEXTS["days"])])


def _flaw(name: str, **facts: object) -> Flaw:
    return Flaw(f"/{name}", f"saved_filter_{name}", TEXTS[name], facts)
