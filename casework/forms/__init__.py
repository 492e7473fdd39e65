"""Forms: they turn what was typed into answers and say in plain words what does not fit."""
