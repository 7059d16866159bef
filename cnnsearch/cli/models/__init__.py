"""Commands that do something with the best model of a study: take it out, make it smaller, let it answer."""
