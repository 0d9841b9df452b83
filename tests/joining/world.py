"""Organizations that sign up, people who join them, and papers to show."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from marketplace.actions import joining
from marketplace.actions.verifications import Upload
from marketplace.models import JoinRequest, Organization
from marketplace.rules.identifiers import make_credit_code
from marketplace.rules.joining import read
from marketplace.rules.proofs import Paper
from marketplace.rules.proofs import read as read_paper
from tests.factories import marketplace as make

AT = datetime(2026, 11, 5, 4, tzinfo=UTC)
TODAY = AT.date()
MINUTE = timedelta(minutes=1)
PASSWORD = "bright-lathe-47"
PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <<>>\n%%EOF\n"
NUMBERS = count(1)


def picture(size=(40, 30), form="PNG"):
    out = BytesIO()
    Image.new("RGB", size, "white").save(out, form)
    return out.getvalue()


def code():
    return make_credit_code("91320594", f"MJ{next(NUMBERS):06d}")


def typed(**changes):
    given = {
        "credit_code": code(),
        "name": "苏州恒力精密机械有限公司",
        "kind": "SME",
        "region_code": "",
        "industry_code": "C3421",
        "address": "苏州工业园区星湖街 328 号",
        "phone": "0512-6288 1234",
    }
    return given | changes


def papers():
    return [
        Upload(Paper.LICENCE, "licence.png", read_paper(picture())),
        Upload(Paper.MANDATE, "mandate.pdf", read_paper(PDF)),
    ]


def form(**changes):
    """What the page of signing up is sent."""
    given = typed() | {"person_name": "王敏", "email": f"wang{next(NUMBERS)}@hengli.cn"}
    files = {
        "licence": SimpleUploadedFile("licence.png", picture(), "image/png"),
        "mandate": SimpleUploadedFile("mandate.pdf", PDF, "application/pdf"),
    }
    return given | files | changes


def begin(email="wang@hengli.cn", address="10.0.0.1", at=AT, **changes):
    licence, mandate = papers()
    joining.begin(
        applicant=read(typed(**changes)),
        person_name="王敏",
        email=email,
        licence=licence,
        mandate=mandate,
        address=address,
        at=at,
    )
    return JoinRequest.objects.filter(email=email).last()


def token(held):
    return signing.dumps(held.public_id, salt=joining.SALT)


def joined(by=None, at=AT, **changes) -> Organization:
    """An organization that signed itself up and waits."""
    licence, mandate = papers()
    return joining.register(
        applicant=read(typed(**changes)), licence=licence, mandate=mandate, by=by or make.user(), at=at
    )
