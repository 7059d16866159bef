"""Pretrained backbones, frozen up to their last layers, with a head on top."""
