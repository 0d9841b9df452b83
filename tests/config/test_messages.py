"""Translations: many sources, one catalogue."""

import gettext
from pathlib import Path

from config.up import messages


class TestCompileAll:
    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_parts_and_base_become_one_catalogue(self, tmp_path):
        self.write(tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po", 'msgid "Lease"\nmsgstr "租约"\n')
        self.write(tmp_path / "parts" / "one.po", 'msgctxt "verb"\nmsgid "Lease"\nmsgstr "租用"\n')
        assert messages.stale(tmp_path)
        assert messages.compile_all(tmp_path) == []
        assert not messages.stale(tmp_path)
        with (tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.mo").open("rb") as file:
            found = gettext.GNUTranslations(file)
        assert (found.gettext("Lease"), found.pgettext("verb", "Lease")) == ("租约", "租用")

    def test_two_translations_of_one_text_are_reported(self, tmp_path):
        self.write(tmp_path / "parts" / "a.po", 'msgid "Lease"\nmsgstr "租约"\n')
        self.write(tmp_path / "parts" / "b.po", 'msgid "Lease"\nmsgstr "租赁"\n')
        assert messages.compile_all(tmp_path) == ["a.po and b.po translate 'Lease' differently"]

    def test_ours_do_not_contradict_each_other(self):
        assert messages.merge()[1] == []
