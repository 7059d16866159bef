"""What is done with a model that was found: predict, evaluate, export."""

from cnnsearch.keras_settings import choose_backend

choose_backend()  # before any module of this room imports Keras
