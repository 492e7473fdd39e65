"""The commands of the bench's processes."""
