"""Partnerships, agencies, people, their hats, their keys and their sign-in."""
