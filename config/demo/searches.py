"""A search that the workshop saved before anything was on offer: it is soon told of what fits."""

from datetime import datetime, timedelta

from config.demo.parties import People
from marketplace.actions import saved_searches
from marketplace.filters.search import kept, read_search
from marketplace.rules.saved_searches import Telling

QUERY, NAME = "q=三坐标", "三坐标检测"


def begin(people: People, at: datetime) -> None:
    """Save it a day ago."""
    saved_searches.save(
        name=NAME,
        query=kept(QUERY),
        telling=Telling.AT_ONCE,
        wanted=read_search(QUERY).wanted(),
        within=people.organizations["hengli"],
        by=people.admins["hengli"],
        at=at - timedelta(days=1),
    )
