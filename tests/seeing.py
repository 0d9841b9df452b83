"""Clients of the REST API that read what they agree to: asked for ``If-Match``, they read and send again."""

from typing import Any

from django.test import Client
from rest_framework.test import APIClient


class Sees:
    """Sends a write again, with the tag of what the answer 428 says to read; nothing else is made easier."""

    def generic(self, method: str, path: str, *given: Any, **more: Any) -> Any:
        answer = super().generic(method, path, *given, **more)  # type: ignore[misc]
        if answer.status_code != 428:
            return answer
        tag = self.get(answer.json()["read"])["ETag"]  # type: ignore[attr-defined]
        headers = {**(more.pop("headers", None) or {}), "If-Match": tag}
        return super().generic(method, path, *given, headers=headers, **more)  # type: ignore[misc]


class SeeingClient(Sees, APIClient):
    """A program."""


class SeeingBrowser(Sees, Client):
    """A browser with a session."""
