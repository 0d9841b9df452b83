"""A process of its own for :mod:`benchmarks.acceptances`; Django is not there before it is set up."""

from typing import Any


def run(leases: list[int], lessor: int, warm: list[int], gate: Any, answers: Any) -> None:
    """Accept ``warm``, since a server's process has worked before; then all of ``leases`` at once."""
    import django

    django.setup()
    from benchmarks import acceptances

    acceptances.in_turn(warm, lessor)
    answers.put(acceptances.together(leases, lessor, gate))
