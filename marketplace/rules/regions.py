"""Provinces and cities by the first digits of a region code (GB/T 2260)."""

import csv
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data" / "cities.csv"


@dataclass(frozen=True)
class Province:
    """A province-level region."""

    code: str
    name: str
    name_zh: str


PROVINCES = {
    code: Province(code, name, name_zh)
    for code, name, name_zh in (
        ("11", "Beijing", "北京"),
        ("12", "Tianjin", "天津"),
        ("13", "Hebei", "河北"),
        ("14", "Shanxi", "山西"),
        ("15", "Inner Mongolia", "内蒙古"),
        ("21", "Liaoning", "辽宁"),
        ("22", "Jilin", "吉林"),
        ("23", "Heilongjiang", "黑龙江"),
        ("31", "Shanghai", "上海"),
        ("32", "Jiangsu", "江苏"),
        ("33", "Zhejiang", "浙江"),
        ("34", "Anhui", "安徽"),
        ("35", "Fujian", "福建"),
        ("36", "Jiangxi", "江西"),
        ("37", "Shandong", "山东"),
        ("41", "Henan", "河南"),
        ("42", "Hubei", "湖北"),
        ("43", "Hunan", "湖南"),
        ("44", "Guangdong", "广东"),
        ("45", "Guangxi", "广西"),
        ("46", "Hainan", "海南"),
        ("50", "Chongqing", "重庆"),
        ("51", "Sichuan", "四川"),
        ("52", "Guizhou", "贵州"),
        ("53", "Yunnan", "云南"),
        ("54", "Tibet", "西藏"),
        ("61", "Shaanxi", "陕西"),
        ("62", "Gansu", "甘肃"),
        ("63", "Qinghai", "青海"),
        ("64", "Ningxia", "宁夏"),
        ("65", "Xinjiang", "新疆"),
        ("71", "Taiwan", "台湾"),
        ("81", "Hong Kong", "香港"),
        ("82", "Macao", "澳门"),
    )
}


def province_of(region_code: str) -> Province | None:
    """Return the province of a region code; ``10`` is the national level and no province."""
    return PROVINCES.get(region_code[:2])


CITIES = {
    one["code"]: (one["name"], one["name_zh"])
    for one in csv.DictReader(DATA.read_text(encoding="utf-8").splitlines())
}


def name_of(region_code: str, *, is_chinese: bool) -> str:
    """
    Name a region of two, four or six digits by its province and city; a county keeps its digits.

    >>> name_of("3205", is_chinese=True), name_of("3205", is_chinese=False)
    ('江苏苏州', 'Suzhou, Jiangsu')
    >>> name_of("32", is_chinese=True), name_of("320583", is_chinese=True), name_of("99", is_chinese=True)
    ('江苏', '江苏苏州 320583', '99')
    """
    province = province_of(region_code)
    if province is None:
        return region_code
    city = CITIES.get(region_code[:4])
    parts = [province.name_zh] if is_chinese else [province.name]
    if city is not None:
        parts = [*parts, city[1]] if is_chinese else [city[0], *parts]
    named = "" if len(region_code) == 2 or (len(region_code) == 4 and city) else f" {region_code}"
    return ("" if is_chinese else ", ").join(parts) + named
