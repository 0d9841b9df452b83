"""The look of the pages: contrast, nothing inline, every component drawn, in both languages."""

import gzip
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
STYLE = (ROOT / "config" / "static" / "jijian.css").read_text()
TEMPLATES = sorted(path for path in ROOT.glob("*/**/templates/**/*.html") if ".venv" not in path.parts)
TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
TEXT_ON = [
    *((ink, ground) for ink in ("ink", "ink-2", "accent") for ground in ("paper", "card")),
    *((state, "card") for state in ("run", "idle", "fault", "off", "info")),
    ("on-accent", "accent"),
    ("ink", "accent-weak"),
]
FORBIDDEN = {"style": re.compile(r"\sstyle\s*="), "handler": re.compile(r"\son[a-z]+\s*=\s*[\"']")}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Elements(HTMLParser):
    """Collects what the policy of the site would refuse, and what a page must have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or "style" in names or any(name.startswith("on") for name in names):
            self.refused.append(self.get_starttag_text() or tag)
        if tag == "script" and "src" not in names:
            self.refused.append("script")
        if "id" in names:
            self.ids.append(names["id"] or "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


@pytest.fixture
def shown(db) -> str:
    return Client(headers={"accept-language": "en"}).get("/design/").content.decode()


class TestStyleSheet:
    @pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    def test_gives_every_text_enough_contrast(self, ink, ground, theme):
        tokens = {name: colours for name, *colours in TOKEN.findall(STYLE)}

        assert contrast(tokens[ink][theme], tokens[ground][theme]) >= 4.5

    def test_falls_back_to_the_light_tokens(self):
        tokens = {name: light for name, light, _dark in TOKEN.findall(STYLE)}
        plain = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", STYLE))

        assert {name: plain[name] for name in tokens} == tokens

    def test_stays_below_fifteen_kilobytes(self):
        assert len(gzip.compress(STYLE.encode())) <= 15_000

    def test_brings_no_fonts(self):
        assert "@font-face" not in STYLE
        assert "url(" not in STYLE


def test_scripts_of_a_page_stay_below_twenty_five_kilobytes(db):
    page = Client().get("/design/").content.decode()
    named = re.findall(r'<script[^>]* src="/static/([^"]+)"', page)

    files = [Path(str(finders.find(name))) for name in named]

    assert len(files) >= 2  # htmx and ours
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 25_000


class TestTemplates:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
    def test_hold_nothing_that_the_policy_refuses(self, path):
        text = path.read_text()

        assert "<style" not in text
        assert not FORBIDDEN["style"].search(text)
        assert not FORBIDDEN["handler"].search(text)
        assert not re.search(r"<script(?![^>]*\ssrc=)", text)

    @pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500", "refused"])
    def test_show_an_error_without_request_or_person(self, name):
        html = get_template(f"{name}.html").render({"status": 409, "text": "busy", "code": "claim_taken"})

        assert html.count("<h1>") == 1
        assert Elements(html).refused == []


class TestDesignPage:
    def test_draws_every_component_within_the_policy(self, shown):
        found = Elements(shown)

        assert found.refused == []
        assert len(found.ids) == len(set(found.ids))
        assert shown.count('class="drawing"') >= 9

    def test_keeps_headings_in_order(self, shown):
        levels = Elements(shown).headings

        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    def test_speaks_chinese_by_default(self, db):
        page = Client().get("/design/").content.decode()

        assert '<html lang="zh-Hans"' in page
        assert "车间里的账本" in page
        assert "2026年11月24日" in page


class TestTheme:
    def test_is_remembered_in_a_cookie_and_comes_back_to_the_page(self, db):
        client = Client()

        answer = client.post("/theme/", {"theme": "dark", "next": "/design/"})

        assert answer["Location"] == "/design/"
        assert 'data-theme="dark"' in client.get("/design/").content.decode()

    def test_never_leads_to_another_site_nor_keeps_an_unknown_word(self, db):
        client = Client()

        answer = client.post("/theme/", {"theme": "pink", "next": "https://elsewhere.example/"})

        assert answer["Location"] == "/"
        assert client.cookies["theme"].value == "system"
        assert 'data-theme="system"' in client.get("/design/").content.decode()


class TestErrorCodes:
    def test_have_a_place_each_that_a_problem_can_point_to(self, db):
        html = Client().get("/docs/errors/").content.decode()

        assert 'id="not_allowed"' in html
        assert Elements(html).refused == []
