"""boolean: yes or no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import shown
from .options import may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_YES = "yes y true t 1 on x ✓ ✔ ja j wahr oui vrai sí si verdadero verdade sim sì vero tak igen da ano áno kyllä на да"
_NO = "no n false f 0 off - ✗ ✘ nein falsch non faux falso não nao nie nem ne nej nee ei нет"
_WORDS = {**dict.fromkeys(_NO.split(), False), **dict.fromkeys(_YES.split(), True)}
_SHOWN = {
    "en": ("Yes", "No"), "de": ("Ja", "Nein"), "fr": ("Oui", "Non"), "es": ("Sí", "No"), "it": ("Sì", "No"),
    "nl": ("Ja", "Nee"),
    "pt": ("Sim", "Não"), "pl": ("Tak", "Nie"), "da": ("Ja", "Nej"), "sv": ("Ja", "Nej"), "nb": ("Ja", "Nei"),
    "fi": ("Kyllä", "Ei"),
    "cs": ("Ano", "Ne"), "hu": ("Igen", "Nem"), "ru": ("Да", "Нет"), "uk": ("Так", "Ні"), "hr": ("Da", "Ne"),
    "ro": ("Da", "Nu"), "ar": ("نعم", "لا"),
}  # fmt: skip


class BooleanType(ValueType):
    """Yes or no. It is never left open: what is not given is stored as no, so `record.flag` and `!record.flag`
    divide all records."""

    name = "boolean"

    def kind(self, field: Field) -> T:
        """Yes/no; null only in records written before the field existed, which counts as no."""
        return T("bool", may_be_empty(field))

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Nothing given is no."""
        raw = given[field.name]
        return {field.name: False if raw is None else self.value(raw, field, env)}

    def value(self, raw: Any, field: Field, env: Env) -> bool:
        """True or false, also as these words or as 1 and 0."""
        if raw is True or raw is False:
            return raw
        if raw in (0, 1, "true", "false"):
            return raw in (1, "true")
        raise FieldFault(
            _("{value} is neither yes nor no", value=shown(raw)), code="not_boolean", hint=_("send true or false")
        )

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """True and false, as they are."""
        return given if set(map(type, given[field.name])) == {bool} else None

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """A blank is no."""
        text = given[field.name].strip()
        return {field.name: bool(text) and self.parse(text, field, env)}

    def parse(self, text: str, field: Field, env: Env) -> bool:
        """Yes and no in many languages, true and false, 1 and 0, x."""
        word = text.casefold()
        if word in _WORDS:
            return _WORDS[word]
        yes, no = yes_no(env.language)
        if word in (yes.casefold(), no.casefold()):
            return word == yes.casefold()
        raise FieldFault(
            _("{value} is neither yes nor no", value=shown(text)),
            code="not_boolean",
            hint=_("write {yes} or {no}", yes=yes, no=no),
        )

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Yes or No in the reader's language."""
        return yes_no(env.language)[0 if value else 1]

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """The words true and false."""
        value = record.get(field.name)
        return {field.name: "" if value is None else "true" if value else "false"}

    def widget(self, field: Field) -> Widget:
        """A switch."""
        return Widget("switch")

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it, or is it not."""
        return ("eq", "ne")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A boolean."""
        return {field.name: describe(field, {"type": "boolean"})}


@lru_cache(maxsize=256)
def yes_no(language: str) -> tuple[str, str]:
    """The words for yes and no; English where a language is not known here."""
    return _SHOWN.get(language.replace("_", "-").split("-")[0], _SHOWN["en"])
