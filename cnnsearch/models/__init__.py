"""One file a model family: config -> keras.Model. What they understand is declared in the catalog."""
