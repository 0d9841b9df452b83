"""A hub that watches its province, and workshops of it that have leased nothing yet."""

from config.demo.parties import People

HUB = {
    "key": "sushu",
    "name": "江苏省装备共享服务中心",
    "name_en": "Jiangsu Equipment Sharing Centre",
    "kind": "HUB",
    "head": "12320000",
    "body": "MA1JJ05P",
    "region_code": "320000",
}
WORKSHOPS = (
    ("ruijin", "昆山锐进精密机械有限公司", "Kunshan Ruijin Machinery", "91320583", "MA1JJ06P", "C3484"),
    (
        "jinteng",
        "常州锦腾汽车零部件有限公司",
        "Changzhou Jinteng Auto Parts",
        "91320412",
        "MA1JJ07P",
        "C3670",
    ),
)


def begin(people: People) -> None:
    """Register a hub with its login, and workshops, so that its indicators rest on enough companies."""
    people.organization(HUB)
    for key, name, name_en, head, body, industry in WORKSHOPS:
        entry = {"key": key, "name": name, "name_en": name_en, "head": head, "body": body}
        people.organization(entry | {"kind": "SME", "industry_code": industry})
