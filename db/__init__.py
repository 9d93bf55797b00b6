"""What is known, and everything asked of it: tables, people, metrics and ad hoc SQL."""
