"""What every stage stands on: parameters, paths, safe files, progress and errors."""

import os

# onnxruntime from 1.29 on sends names and hashes of the models it runs to its maker, unless told otherwise before it is
# imported. Whoever wants that sets the variable to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
