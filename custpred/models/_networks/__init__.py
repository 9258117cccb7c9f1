"""Neural networks: sequences are trained in Keras and scored in NumPy, flat columns use NumPy for both.

Start with ``sequence_model.py`` (RNN, GRU, LSTM, CNN) or ``feed_forward.py`` (MLP).
"""
