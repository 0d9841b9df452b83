"""What the documentation names exists, and what exists is documented."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from config.error_codes import error_classes
from marketplace.shared.errors import DomainError, Invalid, NotAllowed, NotPossible

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
ROOMS = ("marketplace", "devices", "leasing", "billing")
WITHOUT_DJANGO = {"up", "doctor", "make_secrets"}
KINDS = {DomainError, NotAllowed, NotPossible, Invalid}


def text_of(pages=PAGES) -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def errors() -> list[type[DomainError]]:
    """Return every error of the house, after loading every module that may define one."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if ".migrations" not in found.name:
                importlib.import_module(found.name)
    return [cls for cls in error_classes() if cls not in KINDS and cls.__module__.startswith(ROOMS)]


class TestCommands:
    def test_named_in_the_documentation_exist(self):
        named = set(re.findall(r"manage\.py ([a-z_]+)", text_of()))

        assert named <= set(get_commands()) | WITHOUT_DJANGO

    def test_of_the_project_are_documented(self):
        own = {name for name, app in get_commands().items() if str(app).split(".")[0] in (*ROOMS, "config")}

        assert own <= set(re.findall(r"manage\.py ([a-z_]+)", text_of()))

    def test_of_make_exist(self):
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

        assert set(re.findall(r"`make ([a-z]+)", text_of())) <= targets


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
    def test_lead_to_files_that_are_there(self, page):
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))

        assert [target for target in targets if not (page.parent / target).exists()] == []


class TestErrorCodes:
    def test_are_one_a_class_and_say_what_to_do(self):
        codes: dict[str, type[DomainError]] = {}
        for cls in errors():
            assert cls.__doc__, cls
            assert cls.text, f"{cls} has no text for people"
            assert codes.setdefault(cls.code, cls) is cls, f"{cls.code} is used twice"

    def test_stand_on_the_page_that_problems_point_to(self, client):
        shown = client.get("/docs/errors/").content.decode()

        for cls in errors():
            assert f'id="{cls.code}"' in shown or cls.code in shown
