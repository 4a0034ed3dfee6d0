"""A small clinic with rules of every shape, for the tests that explain access and compare states of it."""

from __future__ import annotations

ENTITIES = """
entity: ward
label: Ward
fields:
  name: {type: text, required: true, class: plain}
---
entity: patient
label: Patient
title: "{name}"
search: [name]
fields:
  name: {type: text, required: true, class: plain}
  ward: {type: link, to: ward, class: plain}
  doctor: {type: user, class: plain}
  diagnosis: {type: text, class: medical}
  iban: {type: text, class: bank}
  sealed: {type: boolean, class: plain}
  visits:
    type: child_table
    class: medical
    fields:
      text: {type: text}
---
entity: bill
label: Bill
title: "{number}"
fields:
  number: {type: text, required: true, class: plain}
  patient: {type: link, to: patient, required: true, class: plain}
  amount: {type: integer, class: bank}
  state: {type: choice, values: {open: Open, paid: Paid}, default: open, class: plain}
lifecycle:
  field: state
  transitions:
    pay: {from: [open], to: paid, may: [clerk]}
"""
DEPARTMENTS = """
department: medicine
label: Medicine
---
department: surgery
label: Surgery
parent: medicine
---
department: office
label: Office
"""
ACCESS = """
role: doctor
label: Doctor
department: medicine
---
role: clerk
label: Clerk
department: office
---
role: auditor
label: Auditor
---
classes:
  plain: {label: Plain}
  medical: {label: Medical, read_logged: true}
  bank: {label: Bank}
  gossip: {label: Gossip}
needs:
  plain: {medicine: W, office: W, auditor: R}
  medical: {medicine: W, office: "-"}
  bank: {office: W}
---
grants:
  - {role: everyone, entity: ward, verbs: [read], public: acknowledged}
  - {role: doctor, entity: patient, verbs: [read], rows: "record.doctor == actor.id || record.ward != null"}
  - {role: doctor, entity: patient, verbs: [update], rows: "record.doctor == actor.id"}
  - {role: doctor, entity: patient, verbs: [create]}
  - {role: clerk, entity: patient, verbs: [read, update]}
  - {role: clerk, entity: bill, verbs: [read, create, update]}
  - {role: clerk, entity: patient, verbs: [read], rows: "record.sealed", deny: true}
  - {role: doctor, entity: bill, verbs: [read], rows: "record.patient.doctor == actor.id"}
  - {role: auditor, entity: patient, verbs: [read], fields: [name, diagnosis]}
"""
METADATA = {
    "entities/clinic.yaml": ENTITIES, "access/departments.yaml": DEPARTMENTS, "access/clinic.yaml": ACCESS,
}  # fmt: skip
