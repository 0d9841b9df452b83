"""The contract as a PDF file: that it says everything that binds, and nothing that depends on who looks."""

import io
from datetime import timedelta

import pypdf
import pytest
from django.urls import reverse
from django.utils import translation
from rest_framework.test import APIClient

from devices.actions import countersigning
from leasing.actions import contracts, templates
from leasing.gateway import papers
from leasing.rules.templates import Kind
from marketplace.models import Organization
from marketplace.models.parties import Role
from marketplace.shared import signing
from marketplace.shared.period import Period
from tests.leasing.world import ASKED, CODES, DECIDED, START, person

SEED = b"s" * 32
HALF_A_YEAR = Period(START, START + timedelta(days=184))
SERVICE = {
    "id": "svc_1",
    "kind": "MAINTENANCE",
    "provider": "org_1",
    "provider_name": "宁波精工",
    "basis": "ORDER",
    "price_minor": 80_000,
    "currency": "CNY",
    "tax_category": "REPAIR",
    "lead_hours": 24,
    "required": True,
    "description_zh": "每季一次保养",
    "description_en": "Service each quarter",
}


def read(made):
    """Return the whole text of a file, without the breaks of lines and pages."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages).replace("\n", "")


def text_of(contract):
    return read(papers.contract_pdf(contract))


def signed(world, lease, side, **more):
    within, by = (world.lessor, world.owner) if side == "lessor" else (world.lessee, world.buyer)
    given = {"digest": lease.contract.digest, "mandate": "OFFICE", "within": within, "by": by, "at": DECIDED}
    return contracts.sign(lease=lease, **(given | more))


def test_says_who_what_where_when_for_how_much_and_by_what_both_are_bound(world):
    contract = world.accepted().contract

    said = text_of(contract)

    for part in (
        "租赁合同",
        contract.document["number"],
        f"本合同指纹（SHA-256）：{contract.digest}",
        f"宁波精工；统一社会信用代码 {world.lessor.credit_code}",
        f"深圳小厂；统一社会信用代码 {world.lessee.credit_code}",
        "2026年3月1日 00:00 至 2026年5月1日 00:00（Asia/Shanghai）",
        "宁波 一号车间",
        "VMC-1；厂家与型号 Mazak VMC-850；出厂编号 VMC-1",
        "押金 ¥20,000.00",
        "¥86.00",
        "¥3,000.00",
        "“execution”",
        "ACTIVE",
        "运行时间 300 小时",
        "未约定。",
        "适用默认数据权属表（第 1 版），未作变更。",
        contract.document["terms_digest"],
        contract.document["offer"],
        contract.document["data_notice"],
        "以其报价；2026年2月20日 16:00；平台密钥",
        "以凭指纹接受报价",
    ):
        assert part in said, part


def test_says_the_service_level_with_its_figures(world):
    said = text_of(world.accepted().contract)

    assert "出租方在 8 个服务小时内响应，48 个服务小时内修复。" in said
    assert "停机由谁承担，须在 120 小时内答复；未答复的由平台裁定。" in said


def test_names_services_general_terms_and_signatures_with_mandate_and_keys(world):
    platform = Organization.objects.create(
        name="平台", kind="PLATFORM", credit_code=CODES[3], region_code="110108"
    )
    admin = person("admin", platform, Role.ADMIN)
    early = ASKED - timedelta(days=8)
    text = {
        "text_zh": "一",
        "text_en": "One",
        "effective_at": early + timedelta(days=7),
        "by": admin,
        "platform": platform,
    }
    general = templates.publish(kind=Kind.TERMS, at=early, **text)
    key = signing.written(signing.public_key(SEED))
    countersigning.register_key(
        organization=world.lessee,
        name="ERP",
        public_key=key,
        by=person("it", world.lessee, Role.ADMIN),
        at=ASKED,
    )
    lease = world.accepted(period=HALF_A_YEAR)
    before = papers.contract_pdf(lease.contract)
    own = signing.sign(
        SEED,
        f"jijian contract signature v1\n{lease.contract.digest}\n{world.lessee.public_id}\n".encode(),
    )
    signed(world, lease, "lessor", mandate="POWER_OF_ATTORNEY", mandate_reference="2026-07")
    signed(world, lease, "lessee", signature=signing.written(own))

    said = text_of(lease.contract)

    assert "尚无人签署" in read(before)
    assert f"第 1 版，指纹 {general.digest}" in said
    assert "宁波精工 owner；以在本文件上签署；授权委托书 2026-07；2026年2月21日 16:00；平台密钥" in said
    assert f"自有密钥 {key}" in said
    assert lease.contract.signatures.first().seal["key"] in said


def test_names_services_with_price_and_lead_time(world):
    contract = world.accepted().contract
    contract.document["terms"]["services"] = [SERVICE]

    said = text_of(contract)

    assert "维修保养，由 宁波精工 提供：每单¥800.00；每季一次保养；每份租约均包含；须提前 24 小时下单" in said


def test_says_what_data_terms_change(world):
    contract = world.accepted().contract
    contract.document["terms"]["data_terms"] = {
        "template": "default_rights",
        "version": 1,
        "changes": [{"category": "energy", "party": "owner", "effect": "deny"}],
    }

    assert "但下列各项除外：" in text_of(contract)


def test_says_that_another_machine_of_the_listing_may_come(world):
    contract = world.accepted().contract
    contract.document["machines"][0]["or_another_of"] = "lst_1"

    assert "出厂编号 VMC-1；或同一挂牌中的另一台" in text_of(contract)


def test_is_the_same_to_the_byte_whoever_prints_it_in_whatever_language(world):
    contract = world.accepted().contract
    with translation.override("en"):
        english = papers.contract_pdf(contract)
    with translation.override("zh-hans"):
        chinese = papers.contract_pdf(type(contract).objects.get())

    assert english == chinese
    reader = pypdf.PdfReader(io.BytesIO(chinese))
    assert reader.metadata.creation_date == contract.made_at
    assert "<pdfaid:part>2</pdfaid:part>" in reader.xmp_metadata.rdf_root.toxml()


@pytest.mark.parametrize(
    "name", ['#import "@preview/x:1.0.0": *', '\\u{4e00}\\ #panic("x")', "*深圳* $小厂$ <a> @b"]
)
def test_shows_a_hostile_name_as_it_is(world, name):
    Organization.objects.filter(pk=world.lessee.pk).update(name=name)

    assert f"承租方 {name}；统一社会信用代码 {world.lessee.credit_code}" in text_of(world.accepted().contract)


def test_says_the_code_point_of_a_character_that_cannot_be_printed(world):
    Organization.objects.filter(pk=world.lessee.pk).update(name="深圳𠮷厂")

    said = text_of(world.accepted().contract)

    assert "深圳〔U+20BB7〕厂" in said
    assert "字库未收录的字符以其统一码表示" in said


class TestAddresses:
    def test_give_the_file_to_both_sides_and_nothing_to_others(self, world, client):
        lease = world.accepted()
        expected = papers.contract_pdf(lease.contract)
        for user, status in ((world.owner, 200), (world.guest, 200), (world.outsider, 404)):
            client.force_login(user)
            page = client.get(reverse("lease-contract-file", args=[lease.public_id]))
            api = APIClient()
            api.force_login(user)
            rest = api.get(
                f"/api/v1/leases/{lease.public_id}/contract/pdf/", headers={"accept": "application/pdf"}
            )

            assert (page.status_code, rest.status_code) == (status, status)
            if status == 200:
                assert page.content == rest.content == expected
                assert page["Content-Type"] == rest["Content-Type"] == "application/pdf"
                assert page["Content-Disposition"] == f'inline; filename="contract-{lease.number}.pdf"'

    def test_know_nothing_before_there_is_a_contract(self, world, client):
        lease = world.ask()
        client.force_login(world.owner)

        assert client.get(reverse("lease-contract-file", args=[lease.public_id])).status_code == 404

    def test_are_linked_from_the_page_of_the_contract(self, world, client):
        lease = world.accepted()
        client.force_login(world.buyer)

        page = client.get(reverse("lease-contract", args=[lease.public_id])).content.decode()

        assert reverse("lease-contract-file", args=[lease.public_id]) in page
