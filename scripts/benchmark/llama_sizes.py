"""What the bare loop and the adapter have in common."""

CONTEXT = 4096
BATCH = 64
