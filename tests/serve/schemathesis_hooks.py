"""What JSON Schema cannot say: the bytes of a picture. Registers real ones as what schemathesis sends as pictures.

    SCHEMATHESIS_HOOKS=tests.serve.schemathesis_hooks schemathesis run http://127.0.0.1:8080/openapi.json
"""

import schemathesis
from hypothesis import strategies as st

from tests.serve.bundles import BLUE, GREEN, RED, coloured

PICTURES = st.sampled_from([coloured(class_id, kind) for class_id in (RED, GREEN, BLUE)
                            for kind in ("JPEG", "PNG", "WEBP", "HEIF")])

schemathesis.openapi.format("binary", PICTURES)
for media_type in ("image/jpeg", "image/png", "image/webp", "image/heic", "application/octet-stream"):
    schemathesis.openapi.media_type(media_type, PICTURES)
