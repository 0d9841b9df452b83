from importlib import import_module

from django.contrib.auth.hashers import make_password


def test_passwords_of_people_are_hashed_with_argon2():
    """The tests use a quick hash (``tests/conftest.py``); real settings name the first of these."""
    first, *_ = import_module("config.settings").PASSWORD_HASHERS

    assert first == "django.contrib.auth.hashers.Argon2PasswordHasher"
    assert make_password("secret-pass", hasher="argon2").startswith("argon2$argon2id$")
