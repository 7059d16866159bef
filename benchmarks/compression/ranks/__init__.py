"""Whether the config that is best in float is best when it is compressed: ranks of the same trials before and after."""
