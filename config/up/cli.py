"""``manage.py up``, ``doctor`` and ``make_secrets``: read the command line, do it, return the exit code."""

import argparse
import os
from collections.abc import Sequence

from config.up import doctor, lock, secret_files
from config.up.parent import Options, Parent
from config.up.places import ROOT, here
from config.up.say import AlreadyRunning, CannotStart, begin, line

OK, FAILED, ALREADY_RUNNING, INTERRUPTED = 0, 1, 3, 130


def main(arguments: Sequence[str]) -> int:
    """Handle one of our commands; every foreseeable failure ends in a sentence, not a traceback."""
    begin()
    try:
        if arguments[0] == "doctor":
            return doctor.main()
        if arguments[0] == "make_secrets":
            secret_files.write(*(ROOT / folder for folder in arguments[1:2]))
            return OK
        return up(parser().parse_args(arguments[1:]))
    except AlreadyRunning as news:
        line(str(news))
        return ALREADY_RUNNING
    except CannotStart as error:
        line(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def up(options: argparse.Namespace) -> int:
    """Start everything; with ``--reset`` forget everything instead."""
    places = here(test_mode=options.test_mode)
    with lock.only_one(places):
        if options.reset:
            places.forget()
            line("Everything is forgotten: the next start begins anew.")
            return OK
        return Parent(places, wanted(options)).run()


def wanted(options: argparse.Namespace) -> Options:
    """Return what was asked for on the command line."""
    return Options(demo=options.demo, port=options.port, verbose=options.verbose, test_mode=options.test_mode)


def parser() -> argparse.ArgumentParser:
    ask = argparse.ArgumentParser(
        prog="manage.py up", description="Start PostgreSQL, Redis, web, worker and beat."
    )
    ask.add_argument(
        "--demo", action="store_true", help="load the demonstration and replay recorded machines"
    )
    ask.add_argument("--port", type=port, default=os.environ.get("PORT") or "8000", help="first port to try")
    ask.add_argument(
        "--reset", action="store_true", help="forget the database, the queue and all files of this folder"
    )
    ask.add_argument(
        "--test-mode",
        action="store_true",
        help="an installation for trying things out, with state of its own",
    )
    ask.add_argument("-v", "--verbose", action="store_true", help="show the logs here as well")
    return ask


def port(text: str) -> int:
    """A port number that needs no privilege."""
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 1024 and 65535")
    return int(text)
