"""Training: data/dataset → a model, its numbers, and what it can and cannot tell apart."""

import pipeline  # noqa: F401  (before onnxruntime, whose telemetry it turns off)
