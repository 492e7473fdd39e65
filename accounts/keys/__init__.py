"""The only package besides casework.sealing and audit.evidence that touches cryptography."""
