"""Runs Azure ML's own server app in process with our scoring script; prints each answer as a line of JSON.

    python tests/serve/azure_app.py REQUESTS        a JSON list of {path, method, body (hex), headers}
"""

import json
import sys

from azureml_inference_server_http.server.create_app import create

app = create()
app.azml_blueprint.setup()
client = app.test_client()
for asked in json.loads(sys.argv[1]):
    answer = client.open(asked["path"], method=asked.get("method", "POST"), data=bytes.fromhex(asked.get("body", "")),
                         headers=asked.get("headers", {}))
    body = answer.get_json(force=True, silent=True)
    print("ANSWER", json.dumps({"status": answer.status_code, "type": answer.content_type, "body": body}))
