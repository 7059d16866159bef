"""Reading pictures: beside Keras, first and second time, and what a sweep on them takes of the memory."""
