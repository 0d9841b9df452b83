"""The WSGI application that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils import translation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_wsgi_application()

for language, _ in settings.LANGUAGES:  # addresses are read once, not by the first who asks each process
    with translation.override(language):
        get_resolver().reverse_dict  # noqa: B018 - reading it fills it

from config.door import Door  # noqa: E402 - it needs the applications loaded

application = Door(django_application)
