"""The demonstration: fictional organizations, real recordings."""
