"""FilterSets, one a noun, used by pages and REST alike."""
