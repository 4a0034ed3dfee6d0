"""What the sample's requests are about: for each kind who asks, who does it, subjects and what came of them."""

from __future__ import annotations

from collections.abc import Mapping

ASKED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "donor_enquiry": (("ben", "ines", "ada"), ("dana", "olu"), ("Which wells run in Turkana?", "What did the winter appeal achieve?", "Photos of the school in Moroto")),
    "gift_correction": (("ines", "ben"), ("felix", "mei"), ("Gift booked to the wrong fund", "Gift entered twice", "Amount differs from the bank's")),
    "receipt_copy": (("ines", "dana"), ("felix", "mei"), ("Copy of last year's receipt", "Receipt lost in the move")),
    "address_check": (("ines", "lena"), ("dana", "olu"), ("Letter came back", "Two addresses for one household", "Street was renamed")),
    "quality_complaint": (("dana", "lena"), ("samir",), ("Two filters leak", "Seals of batch 14 crack", "Housing arrived broken")),
    "delivery_delay": (("samir", "lena", "dana"), ("chiara", "tomas"), ("Pumps are late", "Pipes did not come", "Filters for the warehouse are late")),
    "certificate_missing": (("mei", "samir"), ("chiara",), ("Conformity of the pumps has run out", "Insurance proof of the carrier")),
    "release_stock": (("chiara", "tomas"), ("samir", "lena"), ("40 filters for the bridge", "12 housings for a repair")),
    "credit_release": (("samir", "lena"), ("mei",), ("Order above the limit", "Second order before payment")),
    "invoice_query": (("chiara", "samir"), ("felix", "mei"), ("Freight charged twice", "Which order is invoice 4711 for?", "Discount is missing")),
    "bereavement": (("dana",), ("ada", "ines"), ("Donor of long standing died",)),
    "health_drop": (("ada", "samir"), ("ines", "lena", "ben"), ("Relationship fell to watch", "Relationship fell to risk")),
    "access_need": (("lena", "felix", "greta", "noor"), ("pavel",), ("Needs to read contracts", "Access to the donor list for the audit")),
}  # fmt: skip
SAID: Mapping[str, str] = {
    "donor_enquiry": "They gave for it twice and would like to see what became of it, with a picture if there is one. They decide on their next gift this month.",
    "gift_correction": "The bank says something else than we do. Please look at the ones of the same day too.",
    "receipt_copy": "Needed for the tax return; the letter can go out as a copy.",
    "address_check": "The last mailing came back. A call would settle it, they have always been friendly.",
    "quality_complaint": "The customer sent two pictures and keeps the rest of the batch unopened until we say what to do.",
    "delivery_delay": "The installers stand ready from the day promised on. If it takes longer we move them to another site.",
    "certificate_missing": "Without it the next delivery stays at customs. The last one is in the files of the supplier.",
    "release_stock": "They are reserved for somebody who may not need them this week. Could he be asked?",
    "credit_release": "They have paid on the day for two years and order more than ever before.",
    "invoice_query": "The amount is not what was agreed, or we read it wrongly. It is due at the end of the week.",
    "bereavement": "The family wrote. Please stop the mailings first, then find the right words.",
    "health_drop": "Nothing was heard from them for a while, and a letter of theirs waits for an answer.",
    "access_need": "Only to read, and only until the end of the month.",
}
DONE = (
    ("Looked it up and answered by letter.", "The party was content."),
    ("Corrected the record and checked the ones beside it.", "Two more had the same fault."),
    ("Called the other side and agreed a new date.", "It came three days later."),
    ("Asked for the paper and filed it.", "The paper is valid for two years."),
)
CAUSES = ("nothing_to_learn", "missing_data", "wrong_data", "supplier", "process", "unclear_task", "system", "outside")
REASONS = ("out_of_scope", "duplicate", "no_capacity", "not_worth_it")
QUESTIONS = ("Which batch is it?", "Is there a letter about it?", "Until when exactly?", "Which of the two addresses?")
SKILLS: Mapping[str, Mapping[str, int]] = {
    "dana": {"impact": 4, "data_care": 3}, "olu": {"impact": 3, "data_care": 2}, "ben": {"relationship_care": 3, "impact": 1},
    "ines": {"relationship_care": 3}, "ada": {"relationship_care": 4}, "felix": {"giving_records": 3, "accounts": 3},
    "mei": {"giving_records": 2, "accounts": 4, "credit_control": 4}, "chiara": {"purchasing": 4}, "tomas": {"purchasing": 2},
    "samir": {"products": 3, "order_handling": 4}, "lena": {"order_handling": 2, "relationship_care": 2, "products": 2},
    "pavel": {"data_care": 4, "data_protection": 2}, "ruth": {"data_protection": 2},
}  # fmt: skip
