"""What a terminal shows: tables, progress, what runs."""
