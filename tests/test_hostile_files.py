"""Every file that REST takes, as bombs, entities and lies: refused with a reason, nothing kept, no 500."""

from unittest.mock import ANY

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.hostile import FILES, Post, a_file
from tests.test_doors import visit, world
from tests.test_hostile_forms import posted

pytestmark = pytest.mark.django_db
__all__ = ["world"]
# name: (which ids, who sends it, the field of the file, and what else is sent)
TAKES = {
    "api-import-list": (None, "lessor", "file", {"mode": "reject_all"}),
    "api-listing-photos": ("listing", "lessor", "photo", {}),
    "api-lease-photos": ("lease", "lessor", "photo", {}),
    "api-ticket-photos": ("ticket", "lessee", "photos", {}),
    "api-statement-file-list": (None, "platform", "file", {"bank_account": ANY}),
    "api-invoice-tax-invoice-xml": ("invoice", "lessor", "file", {}),
    "api-invoice-tax-invoice-documents": ("tax-invoice", "lessor", "file", {}),
}


@pytest.mark.parametrize("how", FILES)
@pytest.mark.parametrize("name", TAKES)
def test_a_hostile_file_is_refused_and_nothing_of_it_is_kept(name, how, world):
    ids, who, field, more = TAKES[name]
    if "bank_account" in more:
        statement = world.ids["bank-statement"]["public_id"]
        client = visit(world.people[who])
        told = client.get(reverse("api-bank-statement-detail", kwargs={"public_id": statement})).json()
        more = {"bank_account": told["bank_account"]}
    named, content = a_file(how)
    pairs = ((field, SimpleUploadedFile(named, content)), *more.items())
    url = reverse(name, kwargs=world.ids[ids] if ids else {})

    answer, changed, late = posted(visit(world.people[who]), Post(url, True, pairs, {field: how}))

    assert late == ""
    if name == "api-statement-file-list" and answer.status_code == 201:
        # It is kept as it came, with what is wrong with it; or it waits for its columns. No line comes of it.
        assert answer.json()["state"] in ("REFUSED", "UNMAPPED")
        assert not [table for table in changed if table.endswith(("_bankline", "_statement"))]
        return
    assert 400 <= answer.status_code < 500, (answer.status_code, getattr(answer, "exc_info", None))
    assert answer.json()["code"]
    assert answer.json()["detail"]
    assert changed == set()
