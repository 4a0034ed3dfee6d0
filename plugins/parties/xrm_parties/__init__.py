"""Parties: the one central record of every person, organisation and household that one can relate to."""
