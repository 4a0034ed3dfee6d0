"""Mutation testing of the rule compiler: `python -m tests.mutation` changes it in small ways and sees whether the tests notice."""
