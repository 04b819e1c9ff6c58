"""What goes wrong becomes work that somebody finishes: reports, cases, rules."""
