"""Measured figures beside their limits: ``make bench``. Times are never asserted in tests."""
