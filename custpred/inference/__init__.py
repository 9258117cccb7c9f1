"""Using a finished model: the predictor, its compiled form, explanations, the action list, the model folder.

Start with ``predictor.py``; ``model_folder.py`` saves and loads it without running code.
"""
