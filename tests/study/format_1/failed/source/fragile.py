"""A family of which some configs cannot be built."""

import keras


def network(config, shape, classes):
    if config["width"] == 13:
        raise ValueError("thirteen units bring no luck")
    flat = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(config["width"], activation="relu")]
    return keras.Sequential([*flat, keras.layers.Dense(classes)])
