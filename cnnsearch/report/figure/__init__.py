"""Draws what ``info`` computed: one function a view, Info -> plotly figure, in SVG only."""
