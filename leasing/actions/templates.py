"""Publish general terms of the platform; a version stays as it was published."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_noop

from leasing.models import TermsTemplate
from leasing.rules import templates as rules
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Invalid


class TemplateInvalid(Invalid):
    """Something in the version is wrong; ``flaws`` say what, each at its field."""

    code = "template_invalid"
    text = gettext_noop("The terms cannot be published like this. Mend what is marked.")


@atomic
def publish(
    *,
    platform: Organization,
    kind: rules.Kind,
    text_zh: str,
    text_en: str,
    effective_at: datetime,
    by: User,
    at: datetime,
) -> TermsTemplate:
    """
    Publish the next version of general terms, and tell every organization seven days or more before.

    What was offered before it takes effect stays under the version of its time.

    :raises MissingRight: if ``by`` may not publish terms of the platform
    :raises TemplateInvalid: with every fault at its field
    """
    require(by, Permission.TEMPLATE_PUBLISH, within=platform)
    if platform.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=platform.name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('leasing_template', 0))")
    last = TermsTemplate.objects.filter(kind=kind).order_by("-version").first()
    flaws = rules.flaws(
        text_zh=text_zh,
        text_en=text_en,
        effective_at=effective_at,
        last=last.effective_at if last else None,
        at=at,
    )
    if flaws:
        raise TemplateInvalid(flaws=flaws)
    version = last.version + 1 if last else 1
    made = TermsTemplate.objects.create(
        kind=kind,
        version=version,
        text_zh=text_zh,
        text_en=text_en,
        digest=rules.digest(kind=kind, version=version, text_zh=text_zh, text_en=text_en),
        published_at=at,
        effective_at=effective_at,
        made_by=by.public_id,
        made_by_name=by.name,
    )
    facts, link = {"effective_at": effective_at.isoformat()}, f"/general-terms/{made.public_id}/"
    everybody = Organization.objects.exclude(pk=platform.pk)
    notify(kind=Told.TEMPLATE_PUBLISHED, to=everybody, facts=facts, at=at, link=link)
    audit.record(
        by=by, action="template.publish", subject=made.public_id, at=at, within=platform, **made.named()
    )
    return made
