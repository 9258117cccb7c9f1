"""Using a finished model: predictor, compiled form, explanations, action list, model folder.

Start with ``predictor.py``; ``model_folder.py`` saves and loads it without running code.
"""
