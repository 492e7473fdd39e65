"""Tests of sealing, access and the acts of casework."""
