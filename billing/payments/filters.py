"""FilterSets of payments, one a noun, used by pages and REST alike."""
