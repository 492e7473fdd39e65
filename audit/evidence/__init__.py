"""Pure functions over events: a verifier needs only these, no Django and no database."""
