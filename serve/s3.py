"""A bundle in S3 → a folder here, file by file; what is here already is not fetched again."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.errors import BundleError, MissingExtraError
from pipeline.files import atomic_path, sha256_of
from serve.bundles import MANIFEST, read_manifest
from serve.publish import LATEST


def download(place: str, folder: Path) -> None:
    """Bring the bundle at ``s3://bucket/prefix`` to ``folder``, or the version that latest.json there names.

    Keys, region and endpoint are boto3's own: AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_ENDPOINT_URL and the rest.
    bundle.json comes last, so that a folder whose download was cut off is of the bundle before or of none.

    Raises:
        BundleError: the address is no bucket, S3 refuses, or a file is not what bundle.json says.
        MissingExtraError: boto3 is not installed.
    """
    try:
        import boto3
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError as error:
        raise MissingExtraError.of(f"serve {place}", "s3", error) from error
    parts = urlsplit(place)
    if not parts.netloc:
        raise BundleError(f"{place}: names no bucket; write it as s3://bucket/prefix")
    prefix = parts.path.strip("/")
    try:
        client = boto3.client("s3")
        prefix = _follow(client, parts.netloc, prefix)
        with atomic_path(folder / MANIFEST) as manifest_path:
            _fetch(client, parts.netloc, f"{prefix}/{MANIFEST}".lstrip("/"), manifest_path)
            for name, sha256 in read_manifest(manifest_path)["files"].items():
                path = folder / name
                if path.is_file() and sha256_of(path) == sha256:
                    continue
                with atomic_path(path) as temporary:
                    _fetch(client, parts.netloc, f"{prefix}/{name}".lstrip("/"), temporary)
                    if sha256_of(temporary) != sha256:
                        raise BundleError(f"{place}: {name} is not the file that {MANIFEST} names; upload it again")
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise BundleError(f"{place}: {error}; check the bucket, the prefix and the AWS_… variables") from error


def _follow(client: Any, bucket: str, prefix: str) -> str:
    """Return the prefix of the version that ``whatbenz publish`` made the latest; ``prefix`` where there is none."""
    from botocore.exceptions import ClientError

    try:
        answer = client.get_object(Bucket=bucket, Key=f"{prefix}/{LATEST}".lstrip("/"))
    except ClientError as error:
        # Without the right to list a bucket, S3 answers 403 for what is not there.
        if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied"):
            return prefix
        raise
    return f"{prefix}/{json.loads(answer['Body'].read())['version']}".lstrip("/")


def _fetch(client: Any, bucket: str, key: str, path: Path) -> None:
    with open(path, "wb") as file:
        client.download_fileobj(bucket, key, file)
