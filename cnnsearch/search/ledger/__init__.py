"""The search as it runs: what was proposed, what waits and runs, what ended; a trial's way is in `ledger.py`."""
