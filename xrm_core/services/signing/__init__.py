"""How people sign in: passwords, second factors, passkeys, providers elsewhere, links by mail; and what limits guessing.

Each step opens its own transactions: a guess is counted before it is looked at, and hashing holds no transaction open.
"""
