"""The design in a real browser: axe finds nothing serious, nothing sticks out, the policy refuses nothing."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's calls run inside an event loop
AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"
RUN = """async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
    const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}});
    return found.violations.map(one => one.id + one.nodes.map(node => ' ' + node.html.slice(0, 99)));
}"""
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
STAY = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or ""


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER or None, args=[*ARGS, STAY])
        yield browser
        browser.close()


@pytest.mark.e2e
@pytest.mark.django_db(transaction=True)
class TestInABrowser:
    @pytest.mark.parametrize("width", [360, 1280])
    @pytest.mark.parametrize(("scheme", "locale"), [("light", "zh-CN"), ("dark", "en-US")])
    @pytest.mark.parametrize("path", ["/design/", "/login/"])
    def test_shows_the_page_without_findings(self, chromium, live_server, path, scheme, locale, width):
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, locale=locale
        )
        page, complaints = context.new_page(), []
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None
        )
        page.on("requestfailed", lambda request: complaints.append(request.url))

        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(AXE.read_text())
        assert page.evaluate(RUN) == []
        assert complaints == []
        context.close()
