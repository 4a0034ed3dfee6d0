"""Requests: work that one person needs from another, decided at once and documented."""
