"""One file a model family: config -> keras.Model. What they understand is declared in the catalog."""

from cnnsearch.keras_settings import choose_backend

choose_backend()  # before any module of this room imports Keras
