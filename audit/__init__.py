"""The floor of the house: the access log, its only writer, and what reads it."""
