"""What the platform does with records: a verb family per file, each in one transaction on behalf of an actor."""
