"""Accounts of organizations at providers: begun by them, finished on the provider's own pages."""

from datetime import datetime

from billing.payments.models import ProviderAccount
from billing.payments.rules.providers import Onboarding, OnlineProvider, Outcome, Party
from marketplace.actions import admission, audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require


def onboard(
    *, organization: Organization, provider: OnlineProvider, back: str, by: User, at: datetime
) -> Onboarding:
    """
    Begin or go on with an organization's account; ``back`` is where its person comes back to.

    The answer holds a link for a few minutes unless it may be paid already. Asked again it is the same
    account.

    :raises MissingRight: if ``by`` may not say where the organization is paid
    :raises NotVerified: if the platform has not verified the organization, which signed up itself
    """
    require(by, Permission.PAYEE_EDIT, within=organization)
    admission.require_verified(organization=organization)
    known = ProviderAccount.objects.filter(organization=organization, provider=provider.code).first()
    party = Party(
        organization.public_id,
        organization.name,
        reference=known.reference if known else "",
        return_url=back,
    )
    found = provider.onboard(party, f"onboard:{organization.public_id}")
    if found.result.reference:
        _written(organization, provider.code, found, at, by)
    return found


def note(*, provider: OnlineProvider, reference: str, at: datetime, by: User) -> ProviderAccount | None:
    """Ask the provider whether an organization may be paid now; ``None`` for an account that is not ours."""
    known = ProviderAccount.objects.filter(provider=provider.code, reference=reference).first()
    if known is None:
        return None
    party = Party(known.organization.public_id, known.organization.name, reference=reference)
    found = provider.onboard(party, "")
    if found.result.outcome is not Outcome.DONE:
        return known
    return _written(known.organization, provider.code, found, at, by)


@atomic
def _written(
    organization: Organization, code: str, found: Onboarding, at: datetime, by: User
) -> ProviderAccount:
    fresh = ProviderAccount(
        organization=organization, provider=code, reference=found.result.reference, looked_at=at
    )
    ProviderAccount.objects.bulk_create([fresh], ignore_conflicts=True)
    row = ProviderAccount.objects.select_for_update().get(organization=organization, provider=code)
    state = found.state.value
    is_new = row.state != state or row.looked_at == at
    row.state, row.wanted, row.looked_at = state, list(found.wanted), at
    row.save()
    if is_new:
        audit.record(
            by=by,
            action="provider_account.note",
            subject=organization.public_id,
            at=at,
            within=organization,
            provider=code,
            state=state,
        )
    return row
