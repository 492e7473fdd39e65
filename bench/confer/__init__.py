"""Confer as it is measured: its own pages, filled with sealed referrals and filler."""
