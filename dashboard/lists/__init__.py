"""Lists of people, organisations, repositories …: which there are, and where their rows lead."""
