"""Communications: what went out and came in on any channel, and who owes whom an answer."""
