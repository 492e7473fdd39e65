"""Acts on people and keys: each is one transaction with its record in the log."""
