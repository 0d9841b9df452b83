"""One organization that waits for its verification, one invitation, and how smart a site is."""

from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from config.demo.parties import People, person
from marketplace.actions import invitations, joining, maturity
from marketplace.actions.verifications import Upload
from marketplace.models import Organization, Site
from marketplace.models.parties import Role
from marketplace.rules.identifiers import make_credit_code
from marketplace.rules.joining import read
from marketplace.rules.proofs import Paper
from marketplace.rules.proofs import read as read_paper

WAITING = {
    "name": "宁波甬锐模具有限公司",
    "kind": "SME",
    "credit_code": make_credit_code("91330205", "MA2J8QXR"),
    "industry_code": "C3525",
    "address": "宁波市江北区慈城镇模具路 18 号",
    "phone": "0574-8730 2266",
}
INVITED = "caiwu@hengli.demo"


def begin(people: People, now: datetime) -> Organization:
    """Sign an organization up, invite somebody, and declare a tier and a level."""
    owner, lessee = people.organizations["yuanlan"], people.organizations["hengli"]
    papers = [
        Upload(kind, f"{name}.png", read_paper(_paper(lines)))
        for kind, name, lines in (
            (Paper.LICENCE, "licence", ["BUSINESS LICENCE (sample)", WAITING["credit_code"]]),
            (Paper.MANDATE, "mandate", ["MANDATE (sample)", "joins Jijian"]),
        )
    ]
    made = joining.register(
        applicant=read(WAITING),
        licence=papers[0],
        mandate=papers[1],
        by=person("admin@yongrui.demo", "甬锐模具 管理员"),
        at=now,
    )
    people.organizations["yongrui"] = made
    people.admins["yongrui"] = made.memberships.get().user
    invitations.invite(
        organization=lessee, email=INVITED, role=Role.FINANCE, by=people.admins["hengli"], at=now
    )
    said: dict[str, Any] = {"by": people.admins["yuanlan"], "within": owner, "at": now, "today": now.date()}
    given = {"source": "GB/T 39116 评估报告(示例)", "valid_from": now.date()}
    maturity.declare(organization=owner, site=None, given={"level": 3, **given}, **said)
    site = Site.objects.filter(organization=owner).order_by("pk").first()
    if site is not None:
        tier = {"tier": "先进级", "source": "省级先进级智能工厂名单(示例)", "valid_from": now.date()}
        maturity.declare(organization=owner, site=site, given=tier, **said)
    return made


def _paper(lines: list[str]) -> bytes:
    """Draw a sheet that shows what it is."""
    sheet = Image.new("RGB", (420, 594), "white")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((12, 12, 407, 581), outline="firebrick", width=3)
    for place, line in enumerate(lines):
        draw.text((40, 60 + 30 * place), line, fill="black")
    out = BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
