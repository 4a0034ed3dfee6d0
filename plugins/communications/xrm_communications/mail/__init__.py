"""Mail: reading it by IMAP, sending it by SMTP, who it is from and what it answers."""
