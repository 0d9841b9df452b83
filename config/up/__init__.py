"""
Start the whole marketplace on one machine, and stop it again in order.

This package knows no Django: it runs before settings exist. ``manage.py up`` is its door.
PostgreSQL and Redis come from wheels unless ``DATABASE_URL`` and ``REDIS_URL`` name others.
"""
