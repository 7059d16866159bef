"""Any trial as the plain Keras code that builds and trains it: text, made without Keras."""

from cnnsearch.report.code.script import keras_code

__all__ = ["keras_code"]
