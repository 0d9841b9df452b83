"""Tables of more than one page can be downloaded; lists without rows say what is next."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = {
    path.parent.name + "/" + path.name: path.read_text()
    for path in sorted(ROOT.glob("*/**/templates/**/*.html"))
    if ".venv" not in path.parts and not {"components", "design"} & set(path.parts)
}
PAGED, TABLE, FILES = (
    re.compile(r"{% pagination "),
    re.compile(r"<table|{% table "),
    re.compile(r"{% exports"),
)


def test_a_table_of_more_than_one_page_can_be_downloaded():
    paged = {name for name, text in TEMPLATES.items() if PAGED.search(text) and TABLE.search(text)}

    assert paged - {name for name, text in TEMPLATES.items() if FILES.search(text)} == set()


# Lists that an organization without anything opens, and where the next step leads.
LISTS = {
    "today": "catalogue",
    "leases": "catalogue",
    "equipment": "imports",
    "machine-calendar": "imports",
    "devices": "api-docs",
    "utilisation": "imports",
    "income": "equipment",
    "income-lines": "income",
    "slots": "catalogue",
    "needs": "need-new",
    "notifications": None,  # nothing to do but wait
}


class Empty(HTMLParser):
    """Collects the words and the link of the empty state."""

    def __init__(self, text):
        super().__init__()
        self.words, self.links, self.depth = [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "div" and (self.depth or told.get("class") == "empty"):
            self.depth += 1
        if tag == "a" and self.depth:
            self.links.append(told["href"])

    def handle_endtag(self, tag):
        if tag == "div" and self.depth:
            self.depth -= 1

    def handle_data(self, data):
        if self.depth and data.strip():
            self.words.append(data.strip())


newcomer = once.fixture(lambda: make.member(make.organization("Newcomer", kind="SME")))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(("name", "leads"), LISTS.items(), ids=lambda value: str(value))
def test_a_list_without_rows_says_what_stands_there_and_what_comes_next(newcomer, name, leads, language):
    client = Client(headers={"accept-language": language})
    client.force_login(newcomer)

    found = Empty(client.get(reverse(name)).content.decode())

    assert len(found.words) >= (3 if leads else 2), found.words  # what it is, why it is empty, the next step
    assert found.links == ([reverse(leads)] if leads else [])


@pytest.mark.parametrize("name", ["slots", "notifications", "devices", "leases", "machine-calendar"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_list_is_handed_out_as_a_file(newcomer, name, form):
    client = Client()
    client.force_login(newcomer)

    answer = client.get(reverse(name), {"format": form})

    assert answer.status_code == 200
    assert answer["Content-Disposition"].endswith(f'.{form}"')
    assert client.get(reverse(name), {"format": "doc"}).status_code == 400
