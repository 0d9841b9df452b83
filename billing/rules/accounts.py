"""
The chart of accounts: codes of the Ministry of Finance's numbering (企业会计准则应用指南, 附录) with a second
level of our own.

``path`` is the account's name in the exports to beancount and hledger. ``per`` says by whom an account is
kept apart, and ``has_floor`` that its balance may never turn to the other side.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Invalid


class Kind(StrEnum):
    """What an account is, as beancount and hledger name their roots."""

    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    EQUITY = "EQUITY"
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"


class Side(StrEnum):
    """On which side an account grows."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"

    @property
    def sign(self) -> int:
        """Debits are written as positive amounts, credits as negative ones."""
        return 1 if self is Side.DEBIT else -1


class Per(StrEnum):
    """By whom an account is kept apart."""

    BOOK = "BOOK"
    PARTY = "PARTY"
    LEASE = "LEASE"


ROOTS = {
    Kind.ASSET: "Assets",
    Kind.LIABILITY: "Liabilities",
    Kind.EQUITY: "Equity",
    Kind.INCOME: "Income",
    Kind.EXPENSE: "Expenses",
}
GROWS = {Kind.ASSET: Side.DEBIT, Kind.EXPENSE: Side.DEBIT}


@dataclass(frozen=True)
class ChartAccount:
    """One row of the chart."""

    code: str
    label: str
    name: str
    name_zh: str
    kind: Kind
    is_contra: bool = False
    per: Per = Per.BOOK
    has_floor: bool = False

    @property
    def side(self) -> Side:
        """The side on which it grows; a contra account grows on the other one."""
        side = GROWS.get(self.kind, Side.CREDIT)
        if self.is_contra:
            return Side.CREDIT if side is Side.DEBIT else Side.DEBIT
        return side

    @property
    def path(self) -> str:
        """The name in exports: root, first level of the code, label."""
        return ":".join((ROOTS[self.kind], self.code.partition(".")[0], self.label))


BANK = "1002.01"
CLIENT_MONEY = "1002.02"
DEPOSIT_MONEY = "1002.03"
FUND_MONEY = "1002.09"
AVAILABLE = "1012.01"
PENDING = "1012.02"
IN_TRANSIT = "1012.03"
RESERVED = "1012.04"
BILLS = "1121"
RENT_OWN = "1122.01"
RENT_AGENCY = "1122.02"
FEE_DUE = "1122.03"
DISPUTED = "1122.09"
ACCRUED = "1124"
OWNER_OWES = "1221.01"
CLAIM_ON_FUND = "1221.02"
SUBSIDY_DUE = "1221.03"
ALLOWANCE = "1231"
PRINCIPAL_DUE = "1531.01"
INTEREST_DUE = "1531.02"
UNALLOCATED = "2205.01"
VAT_13 = "2221.01"
VAT_6 = "2221.02"
VAT_INPUT = "2221.03"
VAT_OTHER = "2221.04"
VAT_WAITING = "2221.05"
VAT_9 = "2221.06"
VAT_3 = "2221.07"
VAT_1 = "2221.08"
VAT_NONE = "2221.09"
OWNER_UNCOLLECTED = "2241.00"
OWNER_PAYABLE = "2241.01"
DEPOSITS = "2241.02"
TO_FUND = "2241.03"
REFUNDS = "2241.04"
SUSPENSE = "2241.05"
SUBSIDY_OWED = "2241.06"
ORDERED = "2241.07"
CAPITAL = "4001"
COST = "5401"
FEE_INCOME = "6001.02"
COMMISSION = "6001.03"
INTEREST = "6011"
RENT_INCOME = "6041"
EXCHANGE = "6061"
RECOVERIES = "6301"
OTHER_INCOME = "6301.09"
FUND_SHARE = "6602.01"
FUND_CLAIMS = "6602.02"
PROVIDER_FEES = "6603.01"
DISPUTE_FEES = "6603.02"
BANK_FEES = "6603.03"
CREDIT_LOSS = "6702"
WRITE_OFF = "6711"
OTHER_LOSS = "6711.09"
TRADING = "9999"

_A, _L, _Q, _I, _E = Kind.ASSET, Kind.LIABILITY, Kind.EQUITY, Kind.INCOME, Kind.EXPENSE
_ROWS = (
    ChartAccount(BANK, "Operating", "Bank: own money", "银行存款—自有资金", _A),
    ChartAccount(CLIENT_MONEY, "ClientMoney", "Bank: client money under supervision", "银行存款—监管户", _A),
    ChartAccount(DEPOSIT_MONEY, "Deposits", "Bank: deposits", "银行存款—押金户", _A),
    ChartAccount(FUND_MONEY, "Fund", "Bank: risk fund", "银行存款—风险补偿基金专户", _A, has_floor=True),
    ChartAccount(AVAILABLE, "StripeAvailable", "Provider balance: available", "其他货币资金—可用", _A),
    ChartAccount(PENDING, "StripePending", "Provider balance: pending", "其他货币资金—待结算", _A),
    ChartAccount(IN_TRANSIT, "PayoutInTransit", "Provider payout in transit", "其他货币资金—在途", _A),
    ChartAccount(RESERVED, "ProviderReserve", "Held back by the provider", "其他货币资金—平台预留", _A),
    ChartAccount(BILLS, "AcceptanceBills", "Acceptance bills held", "应收票据", _A),
    ChartAccount(RENT_OWN, "PrincipalSales", "Receivable: own rent", "应收账款—自营租金", _A),
    ChartAccount(RENT_AGENCY, "LesseeAgency", "Receivable: rent held for owners", "应收账款—代收租金", _A),
    ChartAccount(FEE_DUE, "LesseeServiceFee", "Receivable: service fee", "应收账款—平台服务费", _A),
    ChartAccount(DISPUTED, "Disputed", "Receivable under dispute", "应收账款—争议中", _A),
    ChartAccount(ACCRUED, "Accrued", "Contract asset: not yet invoiced", "合同资产—未开票", _A),
    ChartAccount(OWNER_OWES, "OwnerReceivable", "Owners owe us", "其他应收款—出租方", _A),
    ChartAccount(CLAIM_ON_FUND, "FundClaimReceivable", "Claims on the fund", "其他应收款—基金赔付", _A),
    ChartAccount(SUBSIDY_DUE, "SubsidyReceivable", "Subsidies of authorities", "其他应收款—补贴", _A),
    ChartAccount(ALLOWANCE, "Allowance", "Allowance for losses", "坏账准备", _A, is_contra=True),
    ChartAccount(PRINCIPAL_DUE, "InstalmentPrincipal", "Instalments: principal", "长期应收款—本金", _A),
    ChartAccount(INTEREST_DUE, "InstalmentInterest", "Instalments: interest", "长期应收款—应计利息", _A),
    ChartAccount(UNALLOCATED, "Unallocated", "Receipts not allocated", "预收款项—未分配", _L, per=Per.PARTY),
    ChartAccount(VAT_13, "OutputVAT13", "Output VAT 13 %", "应交税费—销项税额 13%", _L),
    ChartAccount(VAT_6, "OutputVAT6", "Output VAT 6 %", "应交税费—销项税额 6%", _L),
    ChartAccount(VAT_INPUT, "InputVAT", "Input VAT", "应交税费—进项税额", _L, is_contra=True),
    ChartAccount(VAT_OTHER, "OutputVATOther", "Output VAT, other rates", "应交税费—销项税额 其他税率", _L),
    ChartAccount(VAT_9, "OutputVAT9", "Output VAT 9 %", "应交税费—销项税额 9%", _L),
    ChartAccount(VAT_3, "LevyVAT3", "Small-scale levy 3 %", "应交税费—应交增值税 3%征收率", _L),
    ChartAccount(VAT_1, "LevyVAT1", "Small-scale levy 1 %", "应交税费—应交增值税 1%征收率", _L),
    ChartAccount(VAT_NONE, "OutputVAT0", "Output VAT 0 % and exempt", "应交税费—零税率与免税", _L),
    ChartAccount(VAT_WAITING, "VATAwaiting", "VAT awaiting its tax point", "应交税费—待转销项税额", _L),
    ChartAccount(OWNER_UNCOLLECTED, "OwnerUncollected", "Owners: not collected", "其他应付款—未收租金", _L),
    ChartAccount(
        OWNER_PAYABLE,
        "OwnerPayable",
        "Owners: collected and payable",
        "其他应付款—应付出租方",
        _L,
        per=Per.PARTY,
        has_floor=True,
    ),
    ChartAccount(
        DEPOSITS,
        "LesseeDeposits",
        "Deposits of lessees",
        "其他应付款—押金",
        _L,
        per=Per.LEASE,
        has_floor=True,
    ),
    ChartAccount(TO_FUND, "FundContributionPayable", "Due to the fund", "其他应付款—应缴基金", _L),
    ChartAccount(REFUNDS, "RefundsPayable", "Refunds payable", "其他应付款—应退款", _L),
    ChartAccount(SUSPENSE, "Suspense", "Receipts of unknown payers", "其他应付款—待查款", _L),
    ChartAccount(
        SUBSIDY_OWED,
        "LesseeSubsidies",
        "Subsidies to be passed on to lessees",
        "其他应付款—代付补贴",
        _L,
        per=Per.PARTY,
    ),
    ChartAccount(ORDERED, "PaymentsUnderWay", "Payments under way", "其他应付款—付款在途", _L),
    ChartAccount(CAPITAL, "LenderCapital", "Paid-in capital", "实收资本", _Q),
    ChartAccount(COST, "LeasedCapacity", "Cost of leased capacity", "主营业务成本—租入产能", _E),
    ChartAccount(FEE_INCOME, "ServiceFee", "Service fees", "主营业务收入—服务费", _I),
    ChartAccount(COMMISSION, "Commission", "Commissions", "主营业务收入—佣金", _I),
    ChartAccount(INTEREST, "Interest", "Interest", "利息收入", _I),
    ChartAccount(RENT_INCOME, "Rent", "Rent of our own", "租赁收入", _I),
    ChartAccount(EXCHANGE, "ExchangeDifference", "Exchange differences", "汇兑损益", _I),
    ChartAccount(RECOVERIES, "FundRecoveries", "Recovered by the fund", "营业外收入—基金追偿", _I),
    ChartAccount(OTHER_INCOME, "OtherIncome", "Other income", "营业外收入—其他", _I),
    ChartAccount(FUND_SHARE, "RiskFundContribution", "Contribution to the fund", "管理费用—风险基金", _E),
    ChartAccount(FUND_CLAIMS, "FundClaimsPaid", "Claims that the fund paid", "管理费用—基金赔付支出", _E),
    ChartAccount(PROVIDER_FEES, "ProviderFees", "Fees of payment providers", "财务费用—支付手续费", _E),
    ChartAccount(DISPUTE_FEES, "DisputeFees", "Fees of disputes", "财务费用—争议费", _E),
    ChartAccount(BANK_FEES, "BankFees", "Fees of banks", "财务费用—银行手续费", _E),
    ChartAccount(CREDIT_LOSS, "CreditLoss", "Credit losses", "信用减值损失", _E),
    ChartAccount(WRITE_OFF, "SmallWriteOffs", "Small write-offs", "营业外支出—小额核销", _E),
    ChartAccount(OTHER_LOSS, "OtherLosses", "Other losses", "营业外支出—其他", _E),
    ChartAccount(TRADING, "Trading", "Currency trading", "货币兑换", _Q),
)
CHART: dict[str, ChartAccount] = {row.code: row for row in _ROWS}
RECEIVABLES = (RENT_OWN, RENT_AGENCY, FEE_DUE, DISPUTED)
# Before each rate had its account, those beside 13 and 6 % were on ``VAT_OTHER``; nothing is any more.
OUTPUT_VAT = {
    Decimal("0.13"): VAT_13,
    Decimal("0.09"): VAT_9,
    Decimal("0.06"): VAT_6,
    Decimal("0.03"): VAT_3,
    Decimal("0.01"): VAT_1,
    Decimal(0): VAT_NONE,
}


class NoVatAccount(Invalid):
    """The chart has no account for output VAT at this rate."""

    code = "no_vat_account"
    text = gettext_noop("The chart has no account for output tax at {rate}. Add one before this is booked.")


def output_vat(rate: Decimal) -> str:
    """
    Return the account of the output VAT at a rate, ``Decimal("0.13")`` for 13 %.

    :raises NoVatAccount: if the chart has none for it
    """
    if rate not in OUTPUT_VAT:
        raise NoVatAccount(rate=f"{rate:f}")
    return OUTPUT_VAT[rate]


def export_path(code: str, currency: str, *, of_book: str) -> str:
    """
    Return an account's name in exports; one in another currency than its book's says so.

    >>> export_path("9999", "HKD", of_book="CNY")
    'Equity:9999:Trading:HKD'
    """
    path = CHART[code].path
    return path if currency == of_book else f"{path}:{currency}"
