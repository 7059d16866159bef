"""Models made smaller or faster for a device, and measured beside the float model: one file a way.

Keras writes the float model as a ``.tflite`` file with TensorFlow's converter, the only one that reads a Keras model of
TensorFlow. All else is done by what is kept: TensorFlow ends its own interpreter in favour of ``ai-edge-litert``, and
its quantization reads the Keras model again for every way: 2 to 20 s, where ``ai-edge-quantizer`` takes a tenth of a
second of the float file, and a few seconds for its sample.
"""
