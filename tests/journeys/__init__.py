"""Scenarios of the domain, walked in a real browser against a real server process."""
