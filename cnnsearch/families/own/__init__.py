"""A model family of the user's own: ``package.module:function``."""
