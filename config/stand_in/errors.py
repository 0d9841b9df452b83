"""How Stripe refuses."""


class Refused(Exception):
    """An answer other than success; ``is_kept`` says that it is the answer of its key from now on."""

    def __init__(self, status, kind, code, message="", *, is_kept=True, **more):
        super().__init__(message or code)
        self.status, self.is_kept = status, is_kept
        self.body = {"error": {"type": kind, "code": code, "message": message or code, **more}}


def invalid(code, message="", *, param=None, status=400):
    """Return a refusal of what was asked; it does not take the key (nothing was begun)."""
    more = {"param": param} if param else {}
    return Refused(status, "invalid_request_error", code, message, is_kept=False, **more)


def missing(kind, ref):
    """Return the refusal for an object that is not there."""
    return invalid("resource_missing", f"No such {kind}: '{ref}'", param="id", status=404)


def declined(code, **more):
    """Return the refusal of a card."""
    return Refused(402, "card_error", "card_declined", "Your card was declined.", decline_code=code, **more)


def short():
    """Return the refusal for a balance that is too low; Stripe repeats it for its key for a day."""
    return Refused(
        400,
        "invalid_request_error",
        "balance_insufficient",
        "You have insufficient available funds in your Stripe account.",
    )
