"""The generated pages: lists, forms, records, boards, imports, jobs; they work without scripts for reading and for plain forms."""
