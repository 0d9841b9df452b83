"""Plugs the rooms together; nobody imports it."""
