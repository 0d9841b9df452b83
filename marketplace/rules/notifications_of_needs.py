"""What is said of supply chains and of needs; who posts a need is not named before it has an answer."""

from marketplace.rules.msgids import gettext_noop

NEEDS = {
    "chain_invited": gettext_noop(
        "{who} invites you to its supply chain “{chain}”. Next: join it, or decline."
    ),
    "chain_accepted": gettext_noop("{who} has joined your supply chain “{chain}”."),
    "chain_declined": gettext_noop("{who} does not join your supply chain “{chain}”."),
    "chain_left": gettext_noop("{who} has left your supply chain “{chain}”. Its leases go on."),
    "chain_removed": gettext_noop(
        "{who} has taken you out of its supply chain “{chain}”. Your leases go on."
    ),
    "need_invited": gettext_noop(
        "You are invited to answer a need: {need}. Next: answer with one of your listings, or decline."
    ),
    "need_answered": gettext_noop(
        "{who} answers your need “{need}” with {listing}. Next: compare the answers, and choose one."
    ),
    "need_declined": gettext_noop("{who} has nothing for your need “{need}”."),
    "need_chosen": gettext_noop(
        "{who} has chosen your answer to “{need}”. Next: its request for {listing} may come now."
    ),
    "need_over": gettext_noop("The need “{need}” takes no more answers."),
    "need_expired": gettext_noop(
        "Your need “{need}” has expired: answers were due by {until_at}. Next: post it again, if it stands."
    ),
}
