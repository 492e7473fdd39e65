"""Tests of the settings' guards: what may start and what may be logged."""
