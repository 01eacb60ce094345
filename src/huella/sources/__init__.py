"""Databases that others keep: what is watched of them, their values in canonical form, their own log."""
