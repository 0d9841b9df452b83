"""A process of its own for measurements of several; Django is not there before it is set up."""

from typing import Any


def run(leases: list[int], lessor: int, warm: list[int], gate: Any, answers: Any) -> None:
    """Accept ``warm``, since a server's process has worked before; then all of ``leases`` at once."""
    import django

    django.setup()
    from benchmarks import acceptances

    acceptances.in_turn(warm, lessor)
    answers.put(acceptances.together(leases, lessor, gate))


def bill(leases: list[int], size: int, gate: Any, answers: Any) -> None:
    """Bill the first of ``leases``, so many, since a worker has worked before; then the others at once."""
    import django

    django.setup()
    from benchmarks import invoices

    invoices.run(leases[:size], size)
    gate.wait()
    answers.put(invoices.run(leases[size:], size))
