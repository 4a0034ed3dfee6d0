"""Imports: files become records. Readers give rows, a mapping makes values of them, a run writes them; undo takes them back."""
