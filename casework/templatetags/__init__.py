"""Template tags of the domain: presentation only, never a rule."""
