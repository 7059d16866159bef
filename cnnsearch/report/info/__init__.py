"""What each view of the report says, computed from a study: frozen dataclasses, and a function that makes each."""
