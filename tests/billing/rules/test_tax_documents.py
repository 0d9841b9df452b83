"""A file is told by its content."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from billing.rules import tax_documents
from billing.rules.tax_documents import LARGEST, MEDIA_TYPES, Form, NotADocument, read
from tests.billing.tax_papers import issued, xml


def packed(*names):
    file = BytesIO()
    with ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return file.getvalue()


def why(data):
    with pytest.raises(NotADocument) as caught:
        read(data)
    return caught.value.why


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"%PDF-1.7\n...", Form.PDF),
        (packed("OFD.xml", "Doc_0/Document.xml"), Form.OFD),
        (xml(issued()), Form.XML),
        (b"\xef\xbb\xbf\n" + xml(issued()), Form.XML),
    ],
)
def test_each_form_is_known_and_kept_byte_for_byte(data, form):
    found = read(data)

    assert (found.form, found.content, len(found.sha256)) == (form, data, 64)
    assert MEDIA_TYPES[form].startswith("application/")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-" + b" " * LARGEST, "too_large"),
        (b"<html><script>alert(1)</script></html>", "no_form"),
        (b"MZ\x90", "no_form"),
        (packed("word/document.xml"), "no_form"),
        (packed("OFD.xml")[:-10], "no_form"),
        (b"PK\x03\x04" + b"\0" * 40, "no_form"),
    ],
)
def test_anything_else_is_refused(data, reason):
    assert why(data) == reason


def test_a_zip_of_very_many_files_is_refused(monkeypatch):
    monkeypatch.setattr(tax_documents, "MOST_ENTRIES", 1)

    assert why(packed("OFD.xml", "a")) == "no_form"
