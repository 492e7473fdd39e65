"""Reads: frozen answers for pages and programs, without sealed text."""
