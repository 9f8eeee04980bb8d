"""From a turn to what the model is shown."""
