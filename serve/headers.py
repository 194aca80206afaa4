"""The headers of every answer: what a browser may do with it, and which other origins may read it."""

from collections.abc import Collection

# The app's own files and pictures, the photo that was just taken (blob:, data:), and nothing inline or from elsewhere.
_DOCUMENT = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
                               "form-action 'self'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}
_ANY = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",  # the apps show the example pictures from an origin of their own
}
SECURITY = {**_DOCUMENT, **_ANY}

# What never becomes a document or a worker of its own: there the policies of the page hold, and saying them with each
# of the page's thirty files would cost a phone a fifth of its first load.
_PARTS = ("text/css", "image/png", "image/jpeg", "font/woff2", "application/manifest+json")


def secure(media_type: str | None, path: str) -> dict[str, str]:
    """Return the security headers of an answer: all of them, fewer for a part of a page.

    Args:
        media_type: without parameters.
        path: that was asked for; a module below ``scripts/`` is a part of the page, a worker at the top is not.
    """
    part = media_type in _PARTS or (media_type == "text/javascript" and path.startswith("/scripts/"))
    return _ANY if part else SECURITY


def sharing(origin: str | None, origins: Collection[str]) -> dict[str, str]:
    """Return the headers that let a page of ``origin`` read the answer; none where it is not welcome."""
    if origin is None or origin not in origins:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
            "Access-Control-Allow-Headers": "Content-Type, Accept-Language", "Access-Control-Max-Age": "86400",
            "Access-Control-Expose-Headers": "Retry-After"}
