"""The REST interface says in Chinese what it does, and stays English for readers of English."""

import json
import re

import pytest
from django.test import Client

from config import api_pages, summaries

HAN = re.compile(r"[\u4e00-\u9fff]")
LONGEST = 36
SCHEMA = "/api/schema/"


def told(document):
    """Return every operation of a description by its id."""
    items = document["paths"].values()
    return {
        about["operationId"]: about for item in items for about in item.values() if "operationId" in about
    }


class TestTheWords:
    def test_every_operation_has_its_own_and_none_is_left_over(self):
        assert set(summaries.chinese()["operations"]) == set(told(api_pages.document()))

    def test_every_subject_has_its_own_and_none_is_left_over(self):
        named = {tag for about in told(api_pages.document()).values() for tag in about["tags"]}

        assert set(summaries.chinese()["tags"]) == set(summaries.TAGS) == named

    def test_are_chinese_and_short(self):
        words = [word for part in summaries.chinese().values() for word in part.values()]

        assert [word for word in words if not HAN.search(word) or len(word) > LONGEST] == []
        assert [word for word in words if word != word.strip() or word.endswith("。")] == []

    def test_of_two_operations_of_a_subject_differ(self):
        seen = {}
        for name, about in told(api_pages.document()).items():
            word = summaries.chinese()["operations"][name]
            assert seen.setdefault((about["tags"][0], word), name) == name, f"{name}: {word}"


@pytest.mark.django_db
class TestThePages:
    def test_say_it_in_the_language_of_the_reader(self):
        chinese, english = Client(HTTP_ACCEPT_LANGUAGE="zh-CN"), Client(HTTP_ACCEPT_LANGUAGE="en")

        for page in ("/docs/api/leases/", "/docs/api/leases/leases_list/"):
            assert "查询本单位出租和承租的租约" in chinese.get(page).content.decode()
            assert "Your leases, on either side" in english.get(page).content.decode()
        assert "收付款" in chinese.get("/docs/api/").content.decode()
        assert ">Payments<" in english.get("/docs/api/").content.decode()


@pytest.mark.django_db
class TestTheDescriptionThatIsServed:
    def test_is_chinese_by_header_or_when_asked_for_and_english_is_what_is_committed(self):
        chinese, english = Client(HTTP_ACCEPT_LANGUAGE="zh-CN"), Client(HTTP_ACCEPT_LANGUAGE="en")

        by_header, asked = chinese.get(SCHEMA), english.get(SCHEMA, {"lang": "zh-hans"})
        plain, english_asked = english.get(SCHEMA), chinese.get(SCHEMA, {"lang": "en"})

        assert by_header.content == asked.content
        assert plain.content == english_asked.content
        assert plain.json() == json.loads(json.dumps(api_pages.document()))
        languages = [each["Content-Language"] for each in (by_header, asked, plain, english_asked)]
        assert languages == ["zh-hans", "zh-hans", "en", "en"]
        assert all("Accept-Language" in each["Vary"] for each in (by_header, plain))
        document = asked.json()
        # Programs are made from either: lists of choices have one name, whatever their labels are.
        assert set(document["components"]["schemas"]) == set(plain.json()["components"]["schemas"])
        words = summaries.chinese()["operations"]
        assert {name: about["summary"] for name, about in told(document).items()} == words
        assert all(HAN.search(item["post"]["summary"]) for item in document["webhooks"].values())
        assert {"name": "payments", "description": "收付款"} in document["tags"]

    def test_refuses_a_language_that_there_is_none_of_and_names_the_parameter(self):
        refused = Client(HTTP_ACCEPT_LANGUAGE="en").get(SCHEMA, {"lang": "xx"})

        assert refused.status_code == 400
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/lang"]
        assert refused.json()["errors"][0]["detail"] == "Choose one of: zh-hans, en."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "query", "language", "title"),
    [
        ("zh-CN", "", "zh-Hans", "API 说明 · 计件"),
        ("en", "", "en", "API description · Jijian"),
        ("zh-CN", "?lang=en", "en", "API description · Jijian"),
        ("en", "?lang=zh-hans", "zh-Hans", "API 说明 · 计件"),
    ],
)
def test_the_page_of_swagger_is_in_the_language_of_what_it_shows(header, query, language, title):
    page = Client(HTTP_ACCEPT_LANGUAGE=header).get(f"/api/docs/{query}").content.decode()

    assert f"<title>{title}</title>" in page
    assert re.findall(r' lang="([^"]*)"', page) == [language]
