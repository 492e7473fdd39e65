"""Tests of the bench: its plan, its arithmetic, its words."""
