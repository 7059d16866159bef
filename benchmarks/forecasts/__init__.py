"""Forecasts of finished sweeps, as they were told trial by trial, beside what came."""
