"""Journeys through the pages in headless Chromium, against a real server."""
