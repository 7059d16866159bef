"""The worker: trials one after another in a warm process."""
