"""The source of a field type from outside, for plugins that tests write."""

from __future__ import annotations

ISBN = '''
class Isbn(ValueType):
    """A book number of thirteen digits."""

    name = "isbn"

    def kind(self, field):
        """Text."""
        return T("text", not field.required)

    def value(self, raw, field, env):
        """Thirteen digits with a right check digit."""
        digits = [c for c in str(raw) if c.isdigit()]
        if len(digits) != 13 or sum(int(c) * (1, 3)[n % 2] for n, c in enumerate(digits)) % 10:
            raise FieldFault("this is no ISBN", code="isbn")
        return "".join(digits)

    def widget(self, field):
        """A text input."""
        return Widget("text")

    def operators(self, field):
        """Those of codes."""
        return ("eq", "ne", "in", "empty", "notEmpty")

    def schema(self, field):
        """Thirteen digits."""
        return {field.name: {"type": "string", "pattern": "^[0-9]{13}$"}}


@hook
def xrm_field_types():
    """ISBN."""
    return [Isbn]
'''
"""Wants ValueType, T, FieldFault, Widget and hook of `xrm_core.plugin` imported above it."""
