"""What people are told of their saved searches: the sentence of each kind, by its name."""

from marketplace.rules.msgids import gettext_noop

SEARCHES = {
    "search_found": gettext_noop("New for your search “{name}” ({count}): {titles}"),
    "search_unreadable": gettext_noop(
        "Your search “{name}” can no longer be read, and you are told nothing of it any more. "
        "Next: search anew, and save that."
    ),
    "search_failed": gettext_noop(
        "Your search “{name}” failed again and again, and you are told nothing of it any more. "
        "Next: open it, and switch it on again."
    ),
    "search_over": gettext_noop(
        "The days of your search “{name}” are over, and you are told nothing of it any more. "
        "Next: search with other days, and save that."
    ),
}
