"""Let ``manage.py shell`` and its kin find the services that ``manage.py up`` started in another terminal."""

from collections.abc import MutableMapping

from config.up import lock
from config.up.places import here


def attach(env: MutableMapping[str, str]) -> None:
    """Fill in what the environment does not say, if this folder's services are up."""
    places = here()
    if "DATABASE_URL" not in env and "DATABASE_URL_FILE" not in env and lock.held(places):
        for name, value in lock.state(places).get("env", {}).items():
            env.setdefault(name, value)
