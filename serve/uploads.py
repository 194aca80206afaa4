"""The picture in a request's body: raw bytes, or the field ``image`` of a form."""

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from serve.problems import ProblemError

FORM = "multipart/form-data"
FORM_ROOM = 10_000  # bytes of a form beside the picture
RAW = ("image/", "application/octet-stream")


def read_picture(request: Request, max_bytes: int) -> bytes:
    """Return the picture's bytes.

    Raises:
        ProblemError: 400 without a picture, 413 where it is too large, 415 where the body is of another kind.
    """
    if request.mimetype == FORM:
        data = read_form_picture(request, max_bytes)
        if data is None:
            raise ProblemError(400, "No picture", "The form has no file in its field image.")
    elif request.mimetype == "" or request.mimetype.startswith(RAW):
        refuse_large(request.content_length or 0, max_bytes)
        data = request.get_data(cache=False)
        refuse_large(len(data), max_bytes)
    else:
        raise ProblemError(415, "Unsupported media type", f"Send the picture's bytes as image/jpeg, image/png, "
                           f"image/webp or image/heic, or a form ({FORM}) with a file in its field image.")
    if not data:
        raise ProblemError(400, "No picture", "The body is empty; send the bytes of a picture.")
    return data


def read_form_picture(request: Request, max_bytes: int) -> bytes | None:
    """Return the bytes of a form's field ``image``, or None where it has none.

    Raises:
        ProblemError: 400 where the form cannot be read, 413 where the picture is too large.
    """
    refuse_large((request.content_length or 0) - FORM_ROOM, max_bytes)
    try:
        upload = request.files.get("image")
    except RequestEntityTooLarge:
        raise
    except Exception as error:  # a form's parser meets every kind of broken body
        raise ProblemError(400, "Broken form", "The body is no multipart form that can be read.") from error
    if upload is None:
        return None
    data = upload.read(max_bytes + 1)
    refuse_large(len(data), max_bytes)
    return data


def refuse_large(size: int, max_bytes: int) -> None:
    """Raise where a picture of ``size`` bytes is too large.

    Raises:
        ProblemError: 413.
    """
    if size > max_bytes:
        raise ProblemError(413, "Picture too large", f"A picture may have at most {max_bytes} bytes.")
