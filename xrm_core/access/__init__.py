"""Who may do what to which records. Every way to data asks here."""
