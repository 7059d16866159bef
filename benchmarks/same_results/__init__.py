"""Whether this code gives the results of an earlier commit: proposals, curves and ends, bit for bit."""
