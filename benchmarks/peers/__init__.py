"""One file a side. Each has ``run(work, arrays)``, and settings that its own documentation recommends."""
