"""Every page of ``tests/test_doors.py`` in one browser, as everybody who sees something of their own."""

import os

from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.e2e.test_the_workshop_on_its_phone import bring_axe, opened
from tests.pageless import NO_PAGE, NOT_NOW
from tests.test_doors import INSIDE, PAGES, PUBLIC

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's calls run inside an event loop
KINDS = ("nobody", "lessee", "lessor", "platform")
# Swagger UI styles itself from its script, which the policy refuses, and is otherwise as it should be.
LEFT = {("api-docs", "refused")}
LOOK = """async ({lang, seen, ask}) => {
    const doc = document.documentElement, main = document.querySelectorAll('main');
    const texts = which => [...document.querySelectorAll(which)].map(one => one.textContent.trim());
    const said = document.body.cloneNode(true);
    said.querySelectorAll('code.key, script, pre, code').forEach(one => one.remove());
    const marks = ['{{', '}}', '%(', ...(lang === 'en' ? [] : ['None'])];
    const raw = marks.filter(mark => said.textContent.includes(mark));
    const wide = [...document.body.querySelectorAll('*')].filter(one =>
        one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, [hidden], svg')
        && !one.parentElement.closest('.scroll, svg')).slice(0, 3).map(one => one.outerHTML.slice(0, 90));
    const wrong = {
        overflow: doc.scrollWidth > innerWidth ? [doc.scrollWidth, ...wide] : null,
        lang: doc.lang === lang ? null : doc.lang,
        title: document.title.trim() ? null : document.title,
        h1: texts('h1').length === 1 && texts('h1')[0] ? null : texts('h1'),
        main: main.length === 1 ? null : main.length,
        banner: document.querySelector('header, [role=banner]') ? null : 'no header',
        twice: [...document.querySelectorAll('[id]')].map(one => one.id)
            .filter((id, at, all) => all.indexOf(id) !== at),
        raw: raw,
    };
    const shape = [...document.body.querySelectorAll('*')].map(one => one.tagName + '.' + one.className
        + [...one.attributes].map(each => each.name).join()).filter((one, at, all) => one !== all[at - 1]);
    let hash = 7;
    for (const letter of location.pathname + shape.join()) hash = (hash * 31 + letter.charCodeAt(0)) | 0;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    if (ask && !seen.includes(hash)) {
        // What stays in place while one scrolls covers other things at each moment.
        const bars = [...document.querySelectorAll('.bottombar, .topbar, .dock, .compare-bar, .aside')];
        bars.forEach(one => one.style.setProperty('position', 'static'));
        const only = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']};
        const found = await axe.run(document, only);
        bars.forEach(one => one.style.removeProperty('position'));
        const of = nodes => nodes.slice(0, 3).map(one => ' ' + one.html.slice(0, 120));
        wrong.axe = found.violations.map(one => one.id + of(one.nodes));
    }
    const faults = Object.entries(wrong).filter(([_, what]) => what !== null && what.length !== 0);
    return [hash, faults];
}"""
# At 320 px, which is a window of 1280 px at 400 %, one scrolls in one direction only (WCAG 1.4.10).
NARROW = {"width": 320, "height": 640}
REFLOW = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return null;
    const within = one => one.closest('.scroll, [hidden], svg') || one.parentElement.closest('.scroll, svg');
    const wide = [...document.body.querySelectorAll('*')].filter(one =>
        one.getBoundingClientRect().right > room + 1 && !within(one));
    return wide.slice(-2).map(one => one.outerHTML.slice(0, 120));
}"""


def visits(world):
    """Return who opens which page at which address: each kind of person that is let in by the door."""
    found = {kind: [] for kind in KINDS}
    for name, (ids, door) in PAGES.items():
        if name in NO_PAGE | NOT_NOW:
            continue
        inside = set(KINDS[:2]) if door == PUBLIC else INSIDE.get(door, set(KINDS[1:]))
        for kind in KINDS:
            if kind in inside:
                found[kind].append((name, reverse(name, kwargs=world.ids[ids] if ids else {})))
    return found


def signed_in(chromium, server, person, **looks):
    """Return a page of somebody who is signed in already."""
    page = opened(chromium, **looks)
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    if person is not None:
        client = Client()
        client.force_login(person)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": server.url}])
    return page


def faults_here(page, lang, seen=(), axe=True):
    """Return how the page that is open is built, and all that is wrong; without axe, as script is off."""
    if axe and page.locator("[hx-trigger~=load]").count():
        page.wait_for_load_state("networkidle")
    if axe:
        bring_axe(page)
    shape, wrong = page.evaluate(LOOK, {"lang": lang, "seen": list(seen), "ask": axe})
    if page.complaints:
        wrong.append(("refused", page.complaints[:3]))
        page.complaints.clear()
    return shape, wrong


def overflow_when_narrow(page):
    """Return what is wider than the narrowest screen; the window has its size again."""
    before = page.viewport_size
    page.set_viewport_size(NARROW)
    wide = page.evaluate(REFLOW)
    page.set_viewport_size(before)
    return wide


def faults(page, server, path, lang, seen):
    """Return all that is wrong with a page; axe is asked once for what is built alike, whoever sees it."""
    page.complaints.clear()
    answer = page.goto(server.url + path)
    shape, wrong = faults_here(page, lang, seen.get(path, ()))
    seen.setdefault(path, set()).add(shape)
    if (wide := overflow_when_narrow(page)) is not None:
        wrong.append(("wider than 320 px", wide))
    if answer.status != 200:
        wrong.append(("status", answer.status))
    return wrong


def walk(chromium, server, world, *, lang, **looks):
    """Return what is wrong with each page, by its name and who saw it."""
    seen, found = {}, []
    for kind, pages in visits(world).items():
        page = signed_in(chromium, server, world.people.get(kind), **looks)
        for name, path in pages:
            wrong = faults(page, server, path, lang, seen)
            found += [(name, kind, *one) for one in wrong if (name, one[0]) not in LEFT]
        page.context.close()
    return found
