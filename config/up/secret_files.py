"""``manage.py make_secrets``: write the files that docker-compose.yml names, once."""

import base64
import secrets
from pathlib import Path

from config.up.places import ROOT
from config.up.say import CannotStart, line

HOST, DATABASE = "postgres:5432", "jijian"


def new_signing_key() -> str:
    """A private Ed25519 key for the evidence log: 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def write(folder: Path = ROOT / "secrets") -> None:
    """
    Make new random secrets; the folder is ours alone, the files can be read by the container's uid.

    :raises CannotStart: if there are some already: the database knows the old passwords
    """
    if folder.exists() and any(folder.iterdir()):
        raise CannotStart(
            f"{folder} has files already: the database knows these passwords. Nothing was changed."
        )
    owner, application = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, content in (
        ("pg_password", owner),
        ("pg_app_password", application),
        ("database_owner_url", f"postgres://jijian_owner:{owner}@{HOST}/{DATABASE}"),
        ("database_url", f"postgres://jijian_app:{application}@{HOST}/{DATABASE}"),
        ("secret_key", secrets.token_urlsafe(48)),
        ("log_signing_key", new_signing_key()),
    ):
        path = folder / name
        path.write_text(content)
        path.chmod(0o444)
    line(f"{folder}: six secrets. Keep a copy in a safe place.")
