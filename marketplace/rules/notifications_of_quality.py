"""The sentences about nameplates, documents, reports and ratings, by kind."""

from marketplace.rules.msgids import gettext_noop

QUALITY = {
    "nameplate_case": gettext_noop("Two companies name the nameplate {machine}. Next: find out whose it is."),
    "nameplate_alike": gettext_noop(
        "Somebody else has registered a nameplate like that of {machine}. The platform looks at both. "
        "Next: have a photo of your nameplate ready."
    ),
    "nameplate_held": gettext_noop(
        "The nameplate of {machine} is like one that is registered already. Until the platform has looked at "
        "both, it is not offered. Next: send the platform a photo of the nameplate."
    ),
    "nameplate_decided": gettext_noop("The platform has decided about the nameplate of {machine}: {reason}"),
    "nameplate_reopened": gettext_noop(
        "The platform looks again at the nameplate of {machine}: {reason} Next: have a photo of it ready."
    ),
    "document_ends": gettext_noop(
        "“{document}” of {machine} holds until {until} and is not shown after that. Next: add the newer one."
    ),
    "content_reported": gettext_noop("Something of {listing} was reported: {named}. Next: look at it."),
    "content_hidden": gettext_noop(
        "The platform has hidden “{named}” of {listing}: {reason} Next: answer, or replace it."
    ),
    "content_answered": gettext_noop(
        "The owner of {listing} has answered why “{named}” was hidden. Next: decide."
    ),
    "content_kept": gettext_noop("“{named}” of {listing} stays hidden: {reason}"),
    "content_shown": gettext_noop("“{named}” of {listing} is shown again: {reason}"),
    "content_decided": gettext_noop(
        "The platform has looked at what you reported of {listing}, and decided: {reason}"
    ),
    "rating_open": gettext_noop(
        "Lease {lease} is settled. Next: rate {whom} until {until_at}; neither of you sees the other's "
        "rating before both are written or the time is over."
    ),
    "rating_published": gettext_noop(
        "The ratings of lease {lease} can be read now. Next: read them; you may answer once."
    ),
    "rating_answered": gettext_noop("{who} has answered your rating of lease {lease}."),
    "rating_hidden": gettext_noop("The platform has looked at a rating of lease {lease}: {reason}"),
}
