"""What a thief, an insider or a database writer would try."""
