"""Tables that name pictures or hold texts, in the forms in which they are kept."""
