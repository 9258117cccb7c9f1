"""Neural networks: sequences train in Keras and score in NumPy, flat columns use NumPy only.

Start with ``sequence_model.py`` (RNN, GRU, LSTM, CNN) or ``feed_forward.py`` (MLP).
"""
