"""Error pages: what happened, where to go on, and the number that stands in the log; in both languages."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from config import views
from config.middleware import DomainErrors
from marketplace.actions.throttles import TooManyTries
from marketplace.shared.errors import NotPossible
from marketplace.shared.request_id import set_request_id
from tests.factories import marketplace as make

NUMBER = "door-test-1"


@pytest.fixture(autouse=True)
def number():
    set_request_id(NUMBER)
    yield
    set_request_id("")


def answered(status):
    """Let the house answer with a status on a page, and return the answer."""
    request = RequestFactory().get("/nowhere/")
    request.LANGUAGE_CODE = translation.get_language()
    made = {
        400: lambda: views.bad_request(request, SuspiciousOperation()),
        403: lambda: views.forbidden(request, PermissionDenied()),
        404: lambda: views.not_found(request, Exception()),
        500: lambda: views.broken(request),
        405: lambda: DomainErrors(lambda _request: HttpResponse(status=405))(request),
        409: lambda: refused(request, NotPossible()),
        413: lambda: HttpResponse(render_to_string("refused.html", {"status": 413}), status=413),
        429: lambda: refused(request, TooManyTries(minutes=3)),
        503: lambda: HttpResponse(render_to_string("503.html"), status=503),
    }
    return made[status]()


def refused(request, error):
    return HttpResponse(
        render_to_string("refused.html", {"status": error.status, "code": error.code, "text": error.text}),
        status=error.status,
    )


HEADINGS = {
    400: "This request cannot be read",
    403: "You are not allowed to do this",
    404: "Nothing stands here",
    405: "This address only takes a form",
    409: "This is not possible now",
    413: "This is too large",
    429: "That was too often",
    500: "This is our fault",
    503: "Not available at the moment",
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("status", HEADINGS)
def test_an_error_page_says_what_happened_where_to_go_on_and_the_number_of_the_request(status, language):
    with translation.override(language):
        answer = answered(status)
    text = answer.content.decode()

    assert answer.status_code == status
    said = HEADINGS[status]
    assert (said in text) == (language == "en"), "in the reader's language alone"
    assert text.count("<h1>") == 1 and 'class="wordmark"' in text and NUMBER in text
    assert 'href="/"' in text and 'href="/help/"' in text
    assert ('href=""' in text) == (status in (500, 503)), "what may work in a moment can be tried again"


@pytest.mark.django_db
def test_a_page_is_answered_with_a_page_whatever_is_wrong_with_the_request():
    client = Client(headers={"accept-language": "en", "x-request-id": NUMBER})

    nul = client.get("/?q=%00")
    client.force_login(make.member(make.organization()))
    form = client.get("/notifications/read/")

    assert (nul.status_code, form.status_code) == (400, 405)
    assert form["Allow"] == "POST"
    for answer in (nul, form):
        assert "<h1>" in answer.content.decode() and NUMBER in answer.content.decode()


@pytest.mark.django_db
def test_a_form_that_is_too_large_is_answered_with_what_to_do(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    client = Client(headers={"accept-language": "en"})

    answer = client.post("/login/", {"username": "x" * 100})

    assert answer.status_code == 413
    assert "This is too large" in answer.content.decode()
