"""What metadata may say (names in `Def`), what is in force (the catalog), and the values that hooks see. Frozen; no I/O."""
