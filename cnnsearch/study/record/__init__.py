"""The record of a study: what its files hold, line by line, and how they are read and written."""
