"""Tests of the API: who gets what, in which words it refuses, and that nothing leaks."""
