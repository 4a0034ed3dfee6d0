"""Outcomes: what a relationship is for, how far it is, and how well the relationship stands."""
