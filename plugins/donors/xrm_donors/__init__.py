"""Donors: who gives, what they gave and promised, for which fund, and how they were thanked."""
