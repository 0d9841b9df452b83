"""What every change of an agreement does: lock it, and look whether it is the one that the caller saw."""

from django.utils.translation import gettext_noop

from devices.ownership.models import Agreement
from marketplace.shared.errors import NotPossible


class AgreementChanged(NotPossible):
    """Somebody changed the agreement since the caller read it."""

    status = 412
    code = "agreement_changed"
    text = gettext_noop(
        "Somebody has changed this agreement: it is at version {version}, you saw {seen}. Read it again."
    )


def lock(*, agreement: Agreement, expected: int | None = None) -> Agreement:
    """
    Lock an agreement and return it as it is now; ``expected`` is the version that the caller has seen.

    :raises AgreementChanged: if the agreement has another version
    """
    locked = Agreement.objects.locked().select_related("equipment", "owner", "lessee").get(pk=agreement.pk)
    if expected is not None and expected != locked.version:
        raise AgreementChanged(version=locked.version, seen=expected)
    return locked
