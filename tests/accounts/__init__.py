"""Tests of people, keys and sign-in."""
