"""The headers of every answer: what a browser may do with it, and which other origins may read it."""

from collections.abc import Collection

# The app's own files and pictures, the photo that was just taken (blob:, data:), and nothing inline or from elsewhere.
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
                               "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",  # the apps show the example pictures from an origin of their own
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}


def sharing(origin: str | None, origins: Collection[str]) -> dict[str, str]:
    """Return the headers that let a page of ``origin`` read the answer; none where it is not welcome."""
    if origin is None or origin not in origins:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
            "Access-Control-Allow-Headers": "Content-Type, Accept-Language", "Access-Control-Max-Age": "86400",
            "Access-Control-Expose-Headers": "Retry-After"}
