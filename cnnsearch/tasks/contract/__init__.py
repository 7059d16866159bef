"""What a task's parts must be, a file a part; :class:`cnnsearch.tasks.task.TaskSpec` finds them."""
