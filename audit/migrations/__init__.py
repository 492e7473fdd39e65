"""The tables of the log and the triggers that keep them append-only."""
