"""Pictures: decoding, resizing, values, and augmentation."""
