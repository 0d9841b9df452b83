"""
What banks say: one file per format, read to the same values.

``reading.read`` takes the bytes of a file and answers statements; ``identity.settle`` tells which of their
lines are new. Nothing here rounds, and nothing but ``Unreadable`` is raised, whatever the bytes are.
"""
