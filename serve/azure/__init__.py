"""Azure ML: the scoring script, and the files that deploy it."""
