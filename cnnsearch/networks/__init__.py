"""What the networks of all families are made of, and where Keras's private parts are touched."""

from cnnsearch.keras_settings import choose_backend

choose_backend()  # before any module of this room imports Keras
