"""Faults planted into photographs: what the checks of the data find, and what they wrongly find."""
