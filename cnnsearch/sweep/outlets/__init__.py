"""Who is told of a sweep's end, and under which address."""
