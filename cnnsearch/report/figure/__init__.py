"""Draws what ``info`` computed: one function a view, Info -> plotly figure, in SVG only.

Trials are told to the page's shared selection by ``customdata``, plain lists of trial numbers:

- as many entries as the trace has points: entry ``i`` is the trial of point (or bar) ``i``, a list of the trials where
  a point stands for several, or ``None``;
- a single entry on a trace of several points: the whole trace is one trial (a learning curve, a parallel line);
- no ``customdata``: the trace has to do with no trial. Nothing else may stand there; texts go into ``hovertext``,
  ``text`` or ``meta``.

A heat map whose cells stand for trials has rows of such entries. The page highlights traces of both first kinds, and
picks from all three.
"""
