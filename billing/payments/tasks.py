"""Celery tasks of payments: load by id, call one action."""
