#!/usr/bin/env python
"""Django's command line; ``up``, ``doctor`` and ``make_secrets`` work before there are any settings."""

import os
import sys

OWN = ("up", "doctor", "make_secrets")


def main() -> int:
    """Hand over to the starter or to Django; while the starter runs, other commands use its services."""
    if sys.argv[1:2] and sys.argv[1] in OWN:
        from config.up.cli import main as own

        return own(sys.argv[1:])
    from config.up.attach import attach

    attach(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
