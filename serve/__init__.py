"""From the trained model to the answer: the bundle, the predictor and the HTTP service."""

import pipeline  # noqa: F401  (before onnxruntime, whose telemetry it turns off)
