"""Whoever makes signatures under contracts: the built-in signer, and licensed providers beside it."""
