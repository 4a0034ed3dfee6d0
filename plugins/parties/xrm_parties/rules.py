"""The pure rules of parties, under one roof: nothing here reads or writes a record."""

from .addresses import complete_row, in_season, mailing_address, one_line
from .connections import closes_circle, ends_allowed, kinds_at_ends, ordered_ends, overlapping, periods_overlap
from .consents import Answer, may_contact, newest_consent
from .contacts import (
    Contact,
    normalise_contact,
    normalise_email,
    normalise_phone,
    normalise_row,
    one_primary,
    primary_value,
)
from .duplicates import Facts, blocking_keys, facts_of, grade
from .identifiers import account_label, identifier_fault, is_iban, normalise_iban, normalise_identifier
from .names import compose_name, fold_name, fold_spaces, split_name, strip_marks

__all__ = [
    "Answer", "Contact", "Facts", "account_label", "blocking_keys", "closes_circle", "complete_row", "compose_name",
    "ends_allowed", "facts_of", "fold_name", "fold_spaces", "grade", "identifier_fault", "in_season", "is_iban",
    "kinds_at_ends", "mailing_address", "may_contact", "newest_consent", "normalise_contact", "normalise_email", "normalise_iban",
    "normalise_identifier", "normalise_phone", "normalise_row", "one_line", "one_primary", "ordered_ends", "overlapping",
    "periods_overlap", "primary_value", "split_name", "strip_marks",
]  # fmt: skip
