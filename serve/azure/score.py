"""Azure ML's scoring script: the same answers as POST /predict, from the bundle that is registered as the model.

The bytes of a photo are the body; `market` and `top` may stand in the address, Accept-Language in the headers. Azure
keeps the key, the queue and the limits of rate in front of it.
"""

import json
import os
from pathlib import Path

from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

from serve import problems
from serve.answers import answer_picture, pick_market, read_top
from serve.bundles import MANIFEST, open_bundle
from serve.params import ServeParams
from serve.problems import ProblemError
from serve.service import Service
from serve.uploads import read_picture

service: Service


def init() -> None:
    """Open the bundle below AZUREML_MODEL_DIR; called once, before the first request.

    Raises:
        BundleError: there is none, or it is damaged.
        ModelError: onnxruntime cannot run its model.
    """
    global service
    root = Path(os.environ["AZUREML_MODEL_DIR"])
    folder = next((path.parent for path in sorted(root.rglob(MANIFEST))), root)  # Azure keeps the folder's own name
    service = Service(open_bundle(folder), ServeParams(), Path(os.devnull))


@rawhttp
def run(request: AMLRequest) -> AMLResponse:
    """Answer one photo."""
    try:
        if request.method != "POST":
            raise ProblemError(405, "Method Not Allowed", "Send a photo with POST.", {"Allow": "POST"})
        market_id = pick_market(service, request.args.get("market"), request.headers.get("Accept-Language", ""))
        top = read_top(request.args.get("top"), service.params.top)
        body = answer_picture(service, read_picture(request, service.params.max_bytes), market_id, top)
    except ProblemError as problem:
        return AMLResponse(problems.encode(problem.status, problem.title, problem.detail).decode(), problem.status,
                           {"Content-Type": problems.MEDIA_TYPE, **problem.headers})
    return AMLResponse(json.dumps(body), 200, {"Content-Type": "application/json"})
