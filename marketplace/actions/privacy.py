"""Note which version of the privacy notice somebody accepted, and when."""

from datetime import datetime

from marketplace.gateway.transactions import atomic
from marketplace.models import PrivacyAcceptance, User
from marketplace.rules.privacy import CURRENT


@atomic
def accept(*, by: User, at: datetime) -> PrivacyAcceptance:
    """
    Note that ``by`` accepts the notice that holds, for good; the same version again changes nothing.

    Asks for no right: everybody accepts for itself (PIPL article 14).
    """
    made, _new = PrivacyAcceptance.objects.get_or_create(
        user=by, version=CURRENT, defaults={"accepted_at": at}
    )
    return made
