"""Composition only: settings, the table of addresses, start-up checks."""
