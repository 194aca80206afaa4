"""Photos as phones and people make them, small and drawn, in the colours that the small model tells apart."""

import io

import pillow_heif
from PIL import Image

from tests.serve.bundles import BLUE, COLOURS, GREEN, RED

pillow_heif.register_heif_opener()
ORIENTATION, GPS = 0x0112, 0x8825


def encode(image, kind="JPEG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def car(class_id=RED, kind="JPEG", size=(640, 480), **options):
    return encode(Image.new("RGB", size, COLOURS[class_id]), kind, **options)


def no_car():
    return encode(Image.new("RGB", (640, 480), (96, 96, 96)))


def sideways():
    """Return a JPEG that lies on its side: upright it is 300 × 400, red above, less blue below."""
    lying = Image.new("RGB", (400, 300), COLOURS[RED])
    lying.paste(COLOURS[BLUE], (280, 0, 400, 300))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned by 90° clockwise: what is left comes up
    exif[GPS] = {1: "N", 2: (48.0, 47.0, 0.0), 3: "E", 4: (9.0, 13.0, 0.0)}
    return encode(lying, quality=95, exif=exif)


def large():
    """Return a green BMP of 26 MB."""
    return car(GREEN, "BMP", (3600, 2408))


def undrawable(size):
    """Return bytes that begin as a HEIC does and are none."""
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(size)
