"""Pages: each reads a form, calls one act and shows what comes back."""
