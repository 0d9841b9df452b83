"""Somebody who walks through the pages by the words on them, in either language, and looks at each step."""

import os
from datetime import timedelta

from django.utils import translation

from marketplace.shared import clock
from tests.e2e.every_page import faults_here, signed_in

PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "locale": "zh-CN"}
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark", "locale": "en-US"}
SHOTS = os.environ.get("JOURNEY_SHOTS", "")


class Times:
    """The one clock, set ahead as the story goes on."""

    def __init__(self, monkeypatch):
        self.real, self.ahead = clock.now, timedelta()
        monkeypatch.setattr(clock, "now", lambda: self.real() + self.ahead)

    def go_to(self, at):
        """Let it be that time."""
        self.ahead = at - self.real()
        assert self.ahead >= timedelta()
        return at


class Walker:
    """One person at a browser, who reads what stands there and presses what says so."""

    def __init__(self, chromium, server, person, looks, *, name, script=True):
        self.language = "zh-hans" if looks["locale"].startswith("zh") else "en"
        self.page = signed_in(chromium, server, person, **looks, java_script_enabled=script)
        self.page.set_default_timeout(20_000)
        self.server, self.name, self.script, self.wrong, self.steps = server, name, script, [], 0

    def said(self, words):
        """Return words of the house in the language of the reader."""
        with translation.override(self.language):
            return translation.gettext(words)

    def opens(self, path):
        """Open an address."""
        self.page.goto(path if path.startswith("http") else self.server.url + path)
        return self.looks()

    def presses(self, words, *, within="main"):
        """Press what says these words of the house; look at what it opens."""
        found = self.page.locator(within).locator("a, button, summary")
        text = self.said(words)
        exact = found.get_by_text(text, exact=True).or_(found.filter(has_text=text))
        exact.filter(visible=True).first.click()
        self.page.wait_for_load_state()
        return self.looks()

    def fills(self, **fields):
        """Write into fields, by their names; choose where there is a choice."""
        for name, value in fields.items():
            field = self.page.locator(f"main [name='{name}']:not([type=hidden])").first
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        return self

    def looks(self):
        """Look at the page: axe, its width, what was refused; keep a picture if one is wanted."""
        self.steps += 1
        lang = "zh-Hans" if self.language == "zh-hans" else "en"
        _shape, wrong = faults_here(self.page, lang, axe=self.script)
        self.wrong += [(self.page.url, *one) for one in wrong]
        if SHOTS:
            self.page.screenshot(path=f"{SHOTS}/{self.name}-{self.steps:02}.png", full_page=True)
        return self

    def sees(self, *texts):
        """Assert what stands on the page; words of the house are asked for in the reader's language."""
        shown = " ".join(self.page.inner_text("main").split())
        for text in texts:
            assert self.said(text) in shown, (text, self.said(text), self.page.url, shown)
        return self

    def done(self):
        """Assert that no step had anything wrong."""
        assert self.wrong == [], "\n".join(map(str, self.wrong))
        self.page.context.close()
