"""What every test may ask for."""

import pytest
from hypothesis import settings
from rest_framework.test import APIClient

from marketplace.actions import api_keys
from marketplace.models import Organization, User
from marketplace.models.apikeys import Scope
from tests.factories.marketplace import NOON

settings.register_profile("house", deadline=None)  # a shared machine may be slow, which proves nothing
settings.load_profile("house")


@pytest.fixture
def keyed(db):
    """Return a function that gives a REST client acting with an API key of a person and organization."""

    def client(person: User, organization: Organization, *scopes: str) -> APIClient:
        _, text = api_keys.create(
            organization=organization, name="test", scopes=scopes or Scope.values, by=person, at=NOON
        )
        found = APIClient()
        found.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return found

    return client
