"""Pages of the doors; each view calls one service."""
