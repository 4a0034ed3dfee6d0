"""Customers: who buys from us, what may come, what was ordered and what is still owed."""
