"""Terms as PostgreSQL reads them: ``tsquery`` of exact lexemes, nothing of which is parsed as language."""

from collections.abc import Iterable

from marketplace.rules.search.documents import HEAD
from marketplace.rules.search.questions import Term


def lexeme(token: str) -> str:
    """Return a token as a quoted lexeme."""
    quoted = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'"


def of_term(term: Term, mark: str = "") -> str:
    """Return the query of one term, in brackets."""
    alternatives = (" & ".join(lexeme(mark + token) for token in tokens) for tokens in term.any_of)
    return "(" + " | ".join(f"({each})" for each in alternatives) + ")"


def of_terms(terms: Iterable[Term]) -> str:
    """Return the query of terms that must all be met."""
    return " & ".join(of_term(term) for term in terms)


def in_heads(terms: Iterable[Term]) -> str:
    """Return the query for what meets the named terms by what it is, not only by what is said of it."""
    return " & ".join(of_term(term, HEAD if term.named else "") for term in terms)
