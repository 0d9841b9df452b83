"""Pages on which a person plays the payer, the owner, and bad luck."""

from html import escape

FRAME = "<!doctype html><meta charset=utf-8><title>Stand-in</title><h1>Stand-in of Stripe</h1>"
KEEPS_ASKING = ("requires_payment_method", "requires_action", "processing", "requires_confirmation")


def choices(text, known):
    """Return a page with a button for each choice."""
    buttons = "".join(
        f"<p><button name=does value={name}>{escape(label)}</button></p>" for name, label in known.items()
    )
    return f"{FRAME}<p>{escape(text)}</p><form method=post>{buttons}</form>"


def home(intents, troubles):
    """Return a page with the payments that wait for somebody, and what may go wrong with the next calls."""
    rows = "".join(
        f'<li><a href="/pay/{one["id"]}">{one["id"]}</a> {one["amount"] / 100:,.2f} '
        f"{escape(one['currency'].upper())} {one['status']}</li>"
        for one in intents
        if one["status"] in KEEPS_ASKING
    )
    kinds = "".join(f"<option>{kind}</option>" for kind in troubles)
    form = (
        "<form method=post action=/_fake/troubles>"
        "<label>Calls to <input name=path value=/v1/transfers></label> "
        f"<label>go wrong <select name=kind>{kinds}</select></label> "
        "<label>times <input name=times value=1 inputmode=numeric></label> <button>Set</button></form>"
    )
    return f"{FRAME}<h2>Payments that wait</h2><ul>{rows}</ul><h2>Bad luck</h2>{form}"
