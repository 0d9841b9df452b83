"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_wsgi_application()

# They need the applications loaded; the addresses here, so that gunicorn's workers share what they import.
import config.urls  # noqa: E402, F401
from config.door import Door  # noqa: E402

application = Door(django_application)
