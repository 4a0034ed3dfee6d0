"""Suppliers: who we buy from, how they qualify, what we agreed and what we spend."""
