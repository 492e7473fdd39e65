"""Tests of the forms: what they accept, what they say, and that nothing typed is lost."""
