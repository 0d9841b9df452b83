"""Things that tests need, made with one call each; every default can be overridden."""
