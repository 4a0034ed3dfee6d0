"""Templates and mailings: what is written many times, to whom, and what came of it."""
