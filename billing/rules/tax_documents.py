"""The files of an official e-invoice: what the bureau hands out, known by content, whatever their name."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from zipfile import BadZipFile, ZipFile

LARGEST = 5 * 1024 * 1024  # bytes
MOST_ENTRIES = 1_000  # of the ZIP that an OFD is


class Form(StrEnum):
    """The three forms in which it is handed out (数电发票 XML, OFD 版式, PDF)."""

    XML = "XML"
    OFD = "OFD"
    PDF = "PDF"


MEDIA_TYPES = {
    Form.XML: "application/xml",
    Form.OFD: "application/ofd",
    Form.PDF: "application/pdf",
}


class NotADocument(ValueError):
    """The bytes are no file of an official e-invoice; ``why`` is ``empty``, ``too_large`` or ``no_form``."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it is kept, byte for byte: ``sha256`` is its digest in hex."""

    form: Form
    content: bytes
    sha256: str


def read(data: bytes) -> Document:
    """
    Return a file with its form.

    :raises NotADocument: if it is empty, larger than 5 MB, or neither XML, nor OFD, nor PDF
    """
    if not data:
        raise NotADocument("empty")
    if len(data) > LARGEST:
        raise NotADocument("too_large")
    return Document(_form(data), data, hashlib.sha256(data).hexdigest())


def _form(data: bytes) -> Form:
    if data.startswith(b"%PDF-"):
        return Form.PDF
    if data.startswith(b"PK\x03\x04") and _is_ofd(data):
        return Form.OFD
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" and b"EInvoice" in data[:4096]:
        return Form.XML
    raise NotADocument("no_form")


def _is_ofd(data: bytes) -> bool:
    """Tell whether a ZIP has the root document that GB/T 33190 asks for; nothing is unpacked."""
    try:
        with ZipFile(BytesIO(data)) as packed:
            names = packed.namelist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        return False
    return len(names) <= MOST_ENTRIES and "OFD.xml" in names
