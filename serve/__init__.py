"""From the trained model to the answer: the bundle, the predictor and the HTTP service."""
