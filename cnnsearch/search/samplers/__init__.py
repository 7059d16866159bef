"""Samplers: each proposes configs by trial number and is told what became of them."""
