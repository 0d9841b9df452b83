"""Tables of more than one page can be downloaded; lists without rows say what is next."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client
from django.test.signals import template_rendered
from django.urls import reverse

from tests import once
from tests.factories import marketplace as make
from tests.test_doors import PAGES

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
    "notifications": "home",
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


# Pages with a table or a list that is no list of things to come, and so is never empty in this sense.
NO_LISTS = {
    "error-codes": "what the interface can answer",
    "design": "every component with its states",
    "api-reference": "what the interface can do",
    "help": "topics that are always there",
    "members": "at least oneself",
    "maturity": "a form, with the last answer above it",
    "verification": "one case of papers, or none that are needed",
    "closing": "what closing means",
    "account": "one's own facts",
    "vat": "a form, with what was said before above it",
    "imports": "the columns of a file that is sent here",
    "orders-import": "the columns of a file that is sent here",
    "budget-new": "a form",
    "order-new": "a form",
    "platform": "what waits, or that nothing does",
    "indicators": "figures of the whole market",
    "catalogue": "every offer; a search without finds names the filter to let go",
}
ROWS = re.compile(r"<tbody>\s*<tr|<ul class=.(?:entries|plain)|<article")
NEXT = re.compile(r'<div class="actions">\s*<a |<form [^>]*method="post"')


def is_list(names):
    """Tell whether a page that was made from these templates shows a list that can be empty."""
    own = ("/".join(name.split("/")[-2:]) if "/" in name else f"templates/{name}" for name in names)
    return any("{% empty " in text or TABLE.search(text) or PAGED.search(text) for text in map(source, own))


def source(name):
    return TEMPLATES.get(name, "")


@pytest.mark.parametrize(("kind", "language"), [("SME", "zh-hans"), ("PLATFORM", "en")])
def test_every_list_that_a_newcomer_opens_says_why_it_is_empty_and_what_comes_next(kind, language):
    client = Client(headers={"accept-language": language})
    client.force_login(make.member(make.organization("Newcomer", kind=kind)))
    names, bare = [], {}

    def note(sender, template, **more):
        names.append(template.name or "")

    template_rendered.connect(note)
    for name, (ids, _door) in PAGES.items():
        names.clear()
        answer = None if ids or name in NO_LISTS or name.startswith("api-") else client.get(reverse(name))
        if answer is None or answer.status_code != 200 or not is_list(names):
            continue
        main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
        said = Empty(main)
        if not ROWS.search(main) and (len(said.words) < 2 or not (said.links or NEXT.search(main))):
            bare[name] = said.words
    template_rendered.disconnect(note)

    assert bare == {}
    assert {name for name in NO_LISTS if name not in PAGES} == set()
