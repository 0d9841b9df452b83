"""What people are told of joining and of verification: the sentence of each kind, by its name."""

from marketplace.rules.msgids import gettext_noop

JOINING = {
    "verification_submitted": gettext_noop("{organization} handed in papers. Next: check who it is."),
    "verification_asked": gettext_noop(
        "The platform asks for more before it can verify {organization}. Next: read what, and answer."
    ),
    "verification_approved": gettext_noop(
        "{organization} is verified. Next: publish what you offer, or request a machine."
    ),
    "verification_refused": gettext_noop(
        "The platform could not verify {organization}. Next: read why, and hand in papers anew."
    ),
    "verification_again": gettext_noop(
        "The regular check of {organization} is due. Next: upload its current papers; business goes on."
    ),
    "invitation_asked": gettext_noop(
        "{who} ({email}) asks to be invited to {organization}; nobody has checked who that is. "
        "Next: invite that address, or do nothing."
    ),
    "export_ready": gettext_noop(
        "The file with the data that you asked for is there for {days} days. Next: save it."
    ),
    "closing_asked": gettext_noop(
        "{organization} closes on {due_at}. Until then an administrator can take it back. "
        "Next: save its data."
    ),
    "closing_taken_back": gettext_noop(
        "The closing of {organization} is taken back. Next: publish your listings again."
    ),
    "closing_waits": gettext_noop(
        "The two weeks of {organization} are over, but something is open again. Next: see what, and end it."
    ),
    "invitation_accepted": gettext_noop("{who} has joined {organization} as: {role}."),
}
