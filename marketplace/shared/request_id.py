"""The id of the request being served, carried to the audit trail and the logs."""

from contextvars import ContextVar

_REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the request being served, or an empty text outside one."""
    return _REQUEST_ID.get()


def set_request_id(value: str) -> None:
    """Remember the id for the rest of this request."""
    _REQUEST_ID.set(value)
