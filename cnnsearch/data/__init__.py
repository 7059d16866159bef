"""From a source to arrays: loading, cleaning, splitting, resizing, scaling."""
