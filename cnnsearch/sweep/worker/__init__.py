"""What runs in the process of a worker: a class that Tune calls, and in plain Python what does the jobs.

Nothing is imported here: an idle process imports what it needs when it starts, and pays for no more.
"""
