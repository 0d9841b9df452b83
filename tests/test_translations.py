"""Every text for people has its Chinese."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from django.utils.translation.template import templatize

from config.up.messages import LOCALE, merge

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("marketplace", "devices", "leasing", "billing", "config")
MORE = ("gettext_noop", "gettext_lazy", "ngettext_lazy", "gettext")
KEYWORDS = set(DEFAULT_KEYWORDS) | set(MORE)


def texts_of(source: str) -> Iterator[str]:
    """Yield the message ids that Python code marks for translation."""
    for _, _, message, _ in extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"}):
        first = message[0] if isinstance(message, tuple) else message
        if first:
            yield first


def marked() -> dict[str, str]:
    """Return every marked text with one file that uses it."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                source = path.read_text(encoding="utf-8")
            elif path.suffix == ".html":
                source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            else:
                continue
            found |= dict.fromkeys(texts_of(source), str(path.relative_to(ROOT)))
    return found


def test_every_marked_text_is_translated_into_chinese():
    catalogue, _ = merge(LOCALE)

    missing = {text: place for text, place in marked().items() if catalogue.get(text) is None}

    assert missing == {}


def test_chinese_has_its_own_punctuation():
    catalogue, _ = merge(LOCALE)
    half = re.compile("[\u4e00-\u9fff”}][,;()]|[\u4e00-\u9fff”}]:(?![/\\d])|[,:;()][\u4e00-\u9fff“]")
    said = [
        text
        for one in catalogue
        for text in (one.string if isinstance(one.string, tuple) else (one.string,))
        if text and re.search("[\u4e00-\u9fff]", text)
    ]

    assert len(said) > 5000
    assert [text for text in said if half.search(text)] == []


def test_translations_keep_the_named_fields_of_their_text():
    catalogue, _ = merge(LOCALE)
    broken = []
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        fields = {part.split("}")[0] for text in ids for part in text.split("{")[1:]}
        for string in strings:
            used = {part.split("}")[0] for part in (string or "").split("{")[1:]}
            if not used <= fields:
                broken.append((message.id, sorted(used - fields)))

    assert broken == []
