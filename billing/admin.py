"""Back office views of this room; read-only by default."""
