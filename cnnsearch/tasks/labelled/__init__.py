"""What the tasks share that give each picture one label; no task itself."""
