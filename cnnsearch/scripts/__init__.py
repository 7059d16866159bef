"""Any trial as the plain Keras code that builds and trains it: text, made without Keras.

What the layers of a family are stands beside its body, in ``families/NAME/code.py``.
"""

from cnnsearch.scripts.script import keras_code

__all__ = ["keras_code"]
