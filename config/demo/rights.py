"""Requests, consents, sharing, a proposal, an erasure: what the pages of data rights show and let decide."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from config.demo import trade
from config.demo.parties import People
from devices.models import Device
from devices.ownership.actions import amendments, duties, grants, sharing, sharing_answers
from devices.ownership.actions.grants import Wanted
from devices.ownership.models import Agreement, Duty, Grant
from devices.ownership.queries import Wish
from devices.ownership.rules.duties import PRIVATE
from devices.ownership.rules.wishes import with_wish
from leasing.actions import subleases
from leasing.models import Lease, Sublease
from marketplace.models import Organization, User
from marketplace.shared.period import Period, local_midnight

PROVIDER = {
    "key": "jingzhou",
    "name": "苏州精轴机床维修服务有限公司",
    "name_en": "Suzhou Jingzhou Machine Service",
    "kind": "SERVICE_PROVIDER",
    "head": "91320505",
    "body": "MA1JJ02P",
}
INSURER = {
    "key": "anbao",
    "name": "长江安保财产保险股份有限公司",
    "name_en": "Yangtze Anbao Insurance",
    "kind": "FINANCIAL",
    "head": "91310115",
    "body": "MA1JJ03P",
}
INSTITUTE = {
    "key": "zhiyan",
    "name": "苏州智能制造研究院",
    "name_en": "Suzhou Institute of Smart Manufacturing",
    "kind": "INSTITUTE",
    "head": "12320500",
    "body": "MA1JJ04P",
}
ERASES = "hurco01"  # the device of the lease whose lessee has had its private data erased


def begin(people: People, device: Device, now: datetime) -> None:
    """Of the lease that runs: a request that waits, a remote diagnosis that is open, a proposal to answer."""
    found = Agreement.objects.select_related("equipment", "owner", "lessee")
    agreement = found.get(equipment__bindings__device=device)
    owner, lessee = people.admins["yuanlan"], people.admins["hengli"]
    ask(agreement, people.organization(PROVIDER), people.admins["jingzhou"], now)
    diagnose(agreement, lessee, now)
    share(agreement, people, now)
    sublet(people, agreement, now)
    terms = agreement.versions.latest("number").terms
    amendments.propose(
        agreement=agreement,
        terms=with_wish(terms, party="owner", category="energy", level="PT15M"),
        note="想按峰谷时段核对车间电费，请允许按 15 分钟查看用电量。",
        by=owner,
        within=agreement.owner,
        at=now - timedelta(hours=2),
    )


def sublet(people: People, agreement: Agreement, now: datetime) -> Sublease:
    """Let the lessee of the lease that runs sub-let the machine next week; the lessor is to consent."""
    lease = Lease.objects.get(public_id=agreement.reference)
    zone = lease.agreed.zone
    first = now.astimezone(zone).date() + timedelta(days=5)
    period = Period(local_midnight(first, zone), local_midnight(first + timedelta(days=5), zone))
    whole = period.intersect(lease.period) or Period(now, lease.ends_at)
    made = subleases.propose(
        lease=lease,
        unit=lease.units.select_related("equipment", "lease").get(equipment=agreement.equipment),
        sublessee=people.organizations["xiaotiejiang"],
        period=whole,
        place="无锡市惠山区小铁匠车间",
        by=people.admins["hengli"],
        at=now - timedelta(hours=3),
    )
    return subleases.accept(
        sublease=made,
        digest=made.digest,
        within=made.sublessee,
        by=people.admins["xiaotiejiang"],
        at=now - timedelta(hours=2),
    )


def ask(agreement: Agreement, provider: Organization, by: User, now: datetime) -> Grant:
    """Let a repair shop ask for the machine's condition during its job."""
    span = agreement.span
    wanted = Wanted(
        kind=Grant.Kind.SERVICE_JOB,
        equipment=agreement.equipment,
        agreement=agreement,
        recipient=provider,
        categories=["machine_condition"],
        right=Grant.Right.READ,
        purpose="maintenance",
        generated=Period(span.start, now + timedelta(days=7)),
        readable=Period(now, now + timedelta(days=14)),
        reference="WX-1126",
    )
    reason = "主轴高转速时有异响，想对照负载与温度判断轴承状况。"
    return grants.ask(wanted=wanted, reason=reason, by=by, at=now - timedelta(hours=1))


def diagnose(agreement: Agreement, by: User, now: datetime) -> Grant:
    """Let the lessee open the machine's condition to the owner for a day."""
    wanted = Wanted(
        kind=Grant.Kind.REMOTE_DIAGNOSIS,
        equipment=agreement.equipment,
        agreement=agreement,
        recipient=agreement.owner,
        categories=["machine_condition"],
        right=Grant.Right.READ,
        purpose="maintenance",
        lasts=timedelta(hours=24),
    )
    return grants.offer(wanted=wanted, within=agreement.lessee, by=by, at=now)


def share(agreement: Agreement, people: People, now: datetime) -> None:
    """Let the lessee share hours of condition with its insurer, and ask the same for an institute."""
    insurer, institute = people.organization(INSURER), people.organization(INSTITUTE)
    by, before, made = people.admins["hengli"], now - timedelta(days=1), agreement.span
    wish = Wish(
        agreement=agreement,
        recipient=insurer,
        categories=("machine_condition",),
        right=Grant.Right.READ_AGGREGATE,
        interval="PT1H",
        purpose="insurance",
        generated=made,
        readable=Period(before, now + timedelta(days=90)),
        price_cap=500_00,
    )
    reason = "按实际运行状况核定设备保费。"
    asked = sharing.ask(wish=wish, reason=reason, by=by, within=agreement.lessee, at=before)
    owner: dict[str, Any] = {"within": agreement.owner, "by": people.admins["yuanlan"], "at": before}
    basis = "数据接口开通与核对，两小时工时。"
    priced = sharing_answers.price(request=asked, amount=300_00, cost=300_00, basis=basis, **owner)
    digest, mine = priced.offer.digest, people.admins["anbao"]
    sharing_answers.agree(request=priced, digest=digest, within=insurer, by=mine, at=before)
    wish = replace(
        wish, recipient=institute, purpose="research", readable=Period(now, now + timedelta(days=60))
    )
    reason = "参与主轴寿命研究课题。"
    sharing.ask(wish=wish, reason=reason, by=by, within=agreement.lessee, at=now - timedelta(hours=3))


def finish(people: People, now: datetime) -> None:
    """Let the lessee of an ended lease sell data and have private ones erased; the clock carries it out."""
    found = Agreement.objects.select_related("equipment", "owner", "lessee")
    agreement = found.filter(equipment__bindings__device__code=ERASES, closed_at__lte=now).first()
    if agreement is not None:
        trade.begin(people, agreement, now)
    if agreement is None or Duty.objects.filter(agreement=agreement, asked_at__isnull=False).exists():
        return
    by = people.admins["xiaotiejiang"]
    duties.ask(agreement=agreement, retentions=[PRIVATE], by=by, within=agreement.lessee, at=now)
