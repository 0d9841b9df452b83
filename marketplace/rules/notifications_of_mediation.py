"""What people are told of disputed lines before the platform: the sentence of each kind, by its name."""

from marketplace.rules.msgids import gettext_noop

MEDIATION = {
    "mediation_asked": gettext_noop(
        "{who} asks the platform to mediate a disputed line of invoice {invoice}. "
        "Next: the platform proposes an amount by the end of {until_at}; "
        "until then write what it should know."
    ),
    "mediation_written": gettext_noop("{who} wrote to the case over invoice {invoice}."),
    "mediation_proposed": gettext_noop(
        "{who} proposes what is given back of a line of invoice {invoice}. "
        "Next: accept or refuse it by the end of {until_at}."
    ),
    "mediation_accepted": gettext_noop(
        "{who} accepts the platform's proposal over invoice {invoice}. "
        "Next: the other side answers by the end of {until_at}."
    ),
    "mediation_agreed": gettext_noop(
        "Both sides accept the platform's proposal over invoice {invoice}: the dispute is closed."
    ),
    "mediation_refused": gettext_noop(
        "{who} refuses the platform's proposal over invoice {invoice}. "
        "Next: the line stays disputed; the seller decides, or agree, or go to arbitration or court."
    ),
    "mediation_lapsed": gettext_noop(
        "The time of the case over invoice {invoice} is over without a result. "
        "Next: the line stays disputed; the seller decides, or agree, or go to arbitration or court."
    ),
    "mediation_withdrawn": gettext_noop(
        "{who} takes the question to the platform over invoice {invoice} back. Next: the seller decides."
    ),
    "mediation_ended": gettext_noop(
        "{who} ended the dispute of a line of invoice {invoice}, and with it the case before the platform."
    ),
}
