"""What the platform announces in the demonstration: to owners alone, so that other pages show no banner."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.demo.parties import PLATFORM, People
from marketplace.actions import announcements
from marketplace.rules.announcements import Audience, Kind, Wanted
from marketplace.shared.period import local_midnight

ZONE = ZoneInfo("Asia/Shanghai")
TEXT_ZH = (
    "维护期间暂停接收设备数据，约半小时。网关会保存读数，维护结束后自动补传，计费不受影响。\n\n"
    "请勿在此期间更换设备密钥。如有疑问，请在“消息”中联系平台。"
)
TEXT_EN = (
    "No readings are taken during the maintenance, for about half an hour. Gateways keep them and deliver "
    "them afterwards; what is billed does not change.\n\n"
    "Please change no device keys meanwhile. If you have questions, write to the platform under “Messages”."
)


def begin(people: People, now: datetime) -> None:
    """Announce maintenance in three days, at ten in the evening."""
    platform, by = people.organizations[PLATFORM["key"]], people.admins[PLATFORM["key"]]
    begins = local_midnight((now + timedelta(days=3)).astimezone(ZONE).date(), ZONE) + timedelta(hours=22)
    wanted = Wanted(
        kind=Kind.MAINTENANCE,
        title_zh="数据接入服务升级",
        title_en="Upgrade of how readings are taken in",
        text_zh=TEXT_ZH,
        text_en=TEXT_EN,
        audience=Audience.OWNERS,
        shown_from=now,
        shown_until=begins + timedelta(minutes=30),
        begins_at=begins,
        ends_at=begins + timedelta(minutes=30),
    )
    made = announcements.draft(wanted=wanted, within=platform, by=by, at=now)
    announcements.publish(announcement=made, within=platform, by=by, at=now)
