"""Measures Confer beside plain twins; no part of the product, and no data outlives a run."""
