"""One or several numbers a picture."""
