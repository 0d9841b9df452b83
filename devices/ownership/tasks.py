"""Celery tasks: load by id, call one action."""
