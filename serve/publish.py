"""The bundle → S3: every file under its version with its checksum, then the pointer to the latest version.

``s3://bucket/prefix/<version>/…`` never changes once it is whole, and ``s3://bucket/prefix/latest.json`` is written
last: who follows it sees the version before or the new one, never half of one.
"""

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.errors import BundleError, MissingExtraError, StoreError
from pipeline.files import sha256_of
from serve.bundles import MANIFEST, Bundle

LATEST = "latest.json"


@dataclass(frozen=True)
class Published:
    """What came of it: version, where, and how many files were sent and were there already."""

    version: str
    place: str
    sent: int
    kept: int


def publish(bundle: Bundle, place: str, note: Callable[[str], None]) -> Published:
    """Upload an opened bundle to ``s3://bucket/prefix`` and point ``latest.json`` at it.

    S3 checks each file against its sha256 as it arrives. A file that is there with the right checksum is not sent
    again, so that an upload that was cut off goes on. Keys, region and endpoint are boto3's own: AWS_ACCESS_KEY_ID,
    AWS_PROFILE, AWS_ENDPOINT_URL and the rest.

    Args:
        bundle: the bundle, every file of it checked.
        place: ``s3://bucket/prefix``; the prefix may be empty.
        note: called with the name of each file that is done.

    Raises:
        StoreError: the bucket is not there, S3 refuses the keys, or the connection ended.
        BundleError: ``place`` is no address of a bucket.
        MissingExtraError: boto3 is not installed.
    """
    bucket, prefix = _split(place)
    try:
        import boto3
    except ModuleNotFoundError as error:
        raise MissingExtraError.of(f"publish {place}", "s3", error) from error
    with _naming(place):
        client = boto3.Session().client("s3")
        sent = kept = 0
        # bundle.json last: a version without it is not whole.
        for name in (*sorted(bundle.files), MANIFEST):
            if _send(client, bucket, f"{prefix}{bundle.version}/{name}", bundle.folder / name):
                sent += 1
            else:
                kept += 1
            note(name)
        pointer = {"version": bundle.version, "manifest_sha256": sha256_of(bundle.folder / MANIFEST),
                   "files": len(bundle.files) + 1,
                   "published_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
        _put(client, bucket, f"{prefix}{LATEST}", (json.dumps(pointer, indent=1) + "\n").encode())
    return Published(bundle.version, f"s3://{bucket}/{prefix}{bundle.version}", sent, kept)


def _split(place: str) -> tuple[str, str]:
    parts = urlsplit(place)
    if parts.scheme != "s3" or not parts.netloc:
        raise BundleError(f"{place}: names no bucket; write it as s3://bucket/prefix")
    prefix = parts.path.strip("/")
    return parts.netloc, f"{prefix}/" if prefix else ""


def _send(client: Any, bucket: str, key: str, path: Path) -> bool:
    """Upload a file unless S3 has it with this checksum; return whether it was sent."""
    from botocore.exceptions import ClientError

    checksum = base64.b64encode(bytes.fromhex(sha256_of(path))).decode()
    try:
        if client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED").get("ChecksumSHA256") == checksum:
            return False
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
    with open(path, "rb") as file:
        client.put_object(Bucket=bucket, Key=key, Body=file, ChecksumAlgorithm="SHA256",
                          ChecksumSHA256=checksum)
    return True


def _put(client: Any, bucket: str, key: str, data: bytes) -> None:
    client.put_object(Bucket=bucket, Key=key, Body=data, ContentType="application/json", ChecksumAlgorithm="SHA256")


@contextmanager
def _naming(place: str) -> Iterator[None]:
    """Turn what boto3 raises into one sentence with the next step."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except NoCredentialsError as error:
        raise StoreError(f"{place}: there are no keys; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                         "AWS_PROFILE") from error
    except ClientError as error:
        raise StoreError(f"{place}: {_explain(error)}") from error
    except (Boto3Error, BotoCoreError) as error:
        raise StoreError(f"{place}: {error}; run the same again: it goes on with the files that are missing, and "
                         f"{LATEST} names the version before until all are there") from error


def _explain(error: Any) -> str:
    code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "NoSuchBucket":
        return "there is no such bucket; create it first, or correct its name"
    if status in (401, 403):
        return (f"S3 refuses ({code}); check the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they "
                "may write there")
    return (f"S3 answers {status} {code}; run the same again: it goes on with the files that are missing, and {LATEST} "
            "names the version before until all are there")
