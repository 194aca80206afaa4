"""Training: data/dataset → a model, its numbers, and what it can and cannot tell apart."""
