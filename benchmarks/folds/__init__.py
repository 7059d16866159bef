"""Folds on a frozen backbone: what they cost over one split, and whether they are scikit-learn's."""
