"""The second twin: guardian's permissions in a table of their own with direct foreign keys."""
