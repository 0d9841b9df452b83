"""How objects are shown and changed over REST, once for every view."""
