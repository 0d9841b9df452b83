"""A file of machines that was taken in: one row is new, two came back with what is to be mended."""

from datetime import datetime

from config.demo.parties import People
from marketplace.actions import background_jobs, imports
from marketplace.models import Import, Site

OWNER = "yuanlan"
MACHINE = {"category": "加工中心", "maker": "甬川机床", "model": "VMC 850", "name": "立式加工中心 VMC 850"}
SPECS = "轴数=3; X 轴行程=850; Y 轴行程=500; Z 轴行程=540; 主轴转速=8000; 数控系统=FANUC"
ROWS = (
    {"serial": "YC850-0117", "specifications": SPECS},
    {"serial": "YC850-0118", "specifications": SPECS, "price_by": "小时", "price": "面议"},
    {"serial": "YC850-0119", "specifications": SPECS, "category": "机床"},
)


def begin(people: People, now: datetime) -> None:
    """Let an owner take in a file, to its last row."""
    owner, by = people.organizations[OWNER], people.admins[OWNER]
    site = Site.objects.filter(organization=owner).order_by("pk").first()
    rows = [MACHINE | {"site": site.name if site else ""} | row for row in ROWS]
    made = imports.take(
        organization=owner,
        content=None,
        rows=rows,
        name="二期设备清单.xlsx",
        mode=Import.Mode.REJECT_FAILED_ROWS,
        is_trial=False,
        by=by,
        at=now,
    )
    while made.job_id and background_jobs.advance(job=made.job_id, at=now):
        continue
