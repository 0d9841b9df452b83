"""Everything that talks to machines and agents over a network; nothing else in this room does."""
