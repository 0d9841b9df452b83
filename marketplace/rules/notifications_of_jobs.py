"""What people are told of service orders: the sentence of each kind, by its name."""

from marketplace.rules.msgids import gettext_noop

JOBS = {
    "job_opened": gettext_noop("A service for {who} is ordered: {work} ({machine}). Next: agree on a day."),
    "job_proposed": gettext_noop(
        "{who} proposes {meet_at} for: {work} ({machine}). Next: agree, or propose another day."
    ),
    "job_agreed": gettext_noop("{who} agrees to {meet_at} for: {work} ({machine})."),
    "job_begun": gettext_noop("{who} has begun: {work} ({machine})."),
    "job_done": gettext_noop(
        "{who} reports as done: {work} ({machine}). "
        "Accept it or object until {until_at}; without an answer until then it is accepted."
    ),
    "job_accepted": gettext_noop("Accepted for {who}: {work} ({machine}). It is owed from now on."),
    "job_objected": gettext_noop(
        "{who} objects to: {work} ({machine}). Next: read why, and do it again or speak to each other."
    ),
    "job_cancelled": gettext_noop("The order of {who} is dropped: {work} ({machine}). Nothing is owed."),
    "job_lease_over": gettext_noop(
        "The lease has ended, so nothing is to be done by {who} any more: {work} ({machine})."
    ),
}
