"""Pages of their own: one line for a call, a letter seen with a party's values, leaving a mailing, calendars and cards."""
