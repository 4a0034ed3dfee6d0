"""Imports: files become records. Readers give rows, a mapping makes values of them, a run writes them; undo takes them back.

This file imports nothing, for the readers also run in a small process of their own; `xrm_core.services.imports` is the front door.
"""
