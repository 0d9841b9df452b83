"""
The columns of a file of machines and listings: their names in both languages, what they hold, an example.

A heading may be the field's own name, the English or the Chinese one; blanks, marks and capitals
do not matter.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.search.words import plain

PRICED_BY = {
    "hour": ("run_time", "h", ("hour", "hours", "h", "小时", "时", "按小时")),
    "part": ("parts", "piece", ("part", "parts", "piece", "件", "按件", "计件")),
    "use": ("cycles", "cycle", ("use", "uses", "cycle", "cycles", "次", "按次")),
    "slot": ("slots", "slot", ("slot", "slots", "时段", "按时段")),
}
YES, NO = ("yes", "y", "true", "1", "是", "对"), ("no", "n", "false", "0", "否", "不")


@dataclass(frozen=True)
class Column:
    """One column: its field, headings, example, and what it may hold, for people."""

    field: str
    english: str
    chinese: str
    example: str
    holds: str
    required: bool = False

    def label(self, language: str) -> str:
        """Return its heading in a language."""
        return self.chinese if language.startswith("zh") else self.english

    @property
    def names(self) -> tuple[str, ...]:
        """The headings that mean it, those of the template among them."""
        return (self.field, self.english, self.chinese, f"{self.chinese} {self.english}")


COLUMNS = (
    Column(
        "site", "Site", "场地", "一号车间", gettext_noop("The name of one of your sites, or its id"), True
    ),
    Column(
        "region",
        "Region code",
        "地区代码",
        "320594",
        gettext_noop("Six digits (GB/T 2260); with the city it adds a site that you do not have yet"),
    ),
    Column("city", "City", "城市", "苏州", gettext_noop("Of a site that you do not have yet")),
    Column(
        "category",
        "Category",
        "设备类别",
        "加工中心",
        gettext_noop("The code or the name of a kind of machine, in Chinese or English"),
        True,
    ),
    Column("name", "Machine", "设备名称", "", gettext_noop("Up to 120 characters; without: maker and model")),
    Column("maker", "Maker", "制造商", "DMG MORI", gettext_noop("As on the nameplate"), True),
    Column("model", "Model", "型号", "DMU 50", gettext_noop("As on the nameplate"), True),
    Column(
        "serial",
        "Serial number",
        "序列号",
        "SN-2041",
        gettext_noop("As on the nameplate; of a pool of equal machines all, with “;” between them"),
        True,
    ),
    Column("built_on", "Built on", "出厂日期", "2021-05-31", gettext_noop("A day, such as 2021-05-31")),
    Column(
        "specifications",
        "Specifications",
        "规格",
        "轴数=5; X 轴行程=0.65 m; Y 轴行程=520 mm; Z 轴行程=475; 主轴转速=18000 rpm; 数控系统=Heidenhain",
        gettext_noop("Name=value, with “;” between them; units of the dictionary are converted"),
    ),
    Column(
        "title",
        "Title",
        "挂牌标题",
        "五轴加工中心 DMU 50",
        gettext_noop("Up to 120 characters; without: the machine"),
    ),
    Column("summary", "Summary", "挂牌说明", "可代编程序", gettext_noop("Up to 2,000 characters")),
    Column(
        "price_by",
        "Priced by",
        "计价方式",
        "小时",
        gettext_noop(
            "hour, part, use or slot (小时, 件, 次, 时段); without a price the machine is not offered"
        ),
    ),
    Column(
        "price", "Price", "单价", "128.00", gettext_noop("Yuan for one hour, part, use or slot, without tax")
    ),
    Column(
        "minimum", "Minimum", "每期最低", "3000", gettext_noop("Yuan of a whole billing period, without tax")
    ),
    Column("deposit", "Deposit", "押金", "60000", gettext_noop("Yuan, with two decimals at most")),
    Column(
        "price_plan",
        "Price plan",
        "计价方案",
        "",
        gettext_noop("Any other price plan as JSON, instead of the price"),
    ),
    Column(
        "count_rule",
        "Count rule",
        "计数规则",
        "execution=ACTIVE",
        gettext_noop("Channel=state of the machine, or the counter of parts; or count rules as JSON"),
    ),
    Column(
        "pool_size",
        "Machines",
        "台数",
        "1",
        gettext_noop("How many serial numbers there are: a row of several machines is one pool"),
    ),
    Column("minimum_days", "Fewest days", "最短天数", "3", gettext_noop("A whole number from 1 to 3,650")),
    Column("publish", "Publish", "上架", "是", gettext_noop("yes or no (是, 否); without: no, a draft")),
    Column(
        "open_to",
        "Open to",
        "开放范围",
        "",
        gettext_noop("The name of a supply chain that you lead, or its id; without: everybody"),
    ),
)
ERRORS = Column("errors", "What is wrong", "错误原因", "", "")  # in files that came back; read over
BY_FIELD = {column.field: column for column in COLUMNS}


@cache
def fields_by_heading() -> dict[str, str]:
    """Return which field a heading means, headings in one form."""
    known = (*COLUMNS, ERRORS)
    return {form(name): one.field for one in known for name in one.names}


@lru_cache(4096)
def form(heading: str) -> str:
    """Return a heading without blanks, marks and capitals."""
    return plain(heading).text.replace(" ", "")
