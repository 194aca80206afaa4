"""The segments of a JPEG file (ITU-T T.81): what its header says, and the file without its metadata."""

import re
from typing import NamedTuple

# Luminance table of quality 50 in zigzag order (ITU-T T.81, table K.1); libjpeg scales it by the quality.
_LUMINANCE_50 = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51,
    61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77,
    113, 121, 112, 100, 120, 92, 101, 103, 99)
_SUM_50 = sum(_LUMINANCE_50)
_START, _END = b"\xff\xd8", b"\xff\xd9"
_JFIF = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"  # the least there is: three components are then YCbCr
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_FRAMES = frozenset((_BASELINE, _EXTENDED, _PROGRESSIVE))
_SCAN, _TABLES, _COMMENT = 0xDA, 0xDB, 0xFE
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # what ends a scan: no stuffed byte, restart or filling


class Header(NamedTuple):
    """What stands before a JPEG's first scan."""

    width: int  # px, as stored
    height: int
    components: int
    frame: int  # the marker of its frame: 0xC0 baseline, 0xC2 progressive
    exif: tuple[int, int] | None  # where EXIF's segment lies, its marker left out
    several: bool  # one of several pictures in one file (MPO)
    needed: tuple[tuple[int, int], ...]  # where the segments lie without which it cannot be decoded
    scan: int  # where the first scan begins

    @property
    def baseline(self) -> bool:
        """Whether every reader reads it, in one pass."""
        return self.frame == _BASELINE

    @property
    def progressive(self) -> bool:
        """Whether its scans refine each other."""
        return self.frame == _PROGRESSIVE


def read_header(data: bytes) -> Header | None:
    """Return what a JPEG's header says, or None where it is no JPEG of 8 bits coded by Huffman, or an odd one."""
    if data[:2] != _START:
        return None
    place, frame, size, exif, several, needed = 2, 0, (0, 0, 0), None, False, []
    try:
        while True:
            marker, end = data[place + 1], place + 2 + (data[place + 2] << 8 | data[place + 3])
            if data[place] != 0xFF or marker < 0xC0 or end < place + 4:
                return None
            if marker == _SCAN:
                break
            if marker < 0xE0 or (marker > 0xEF and marker != _COMMENT):
                needed.append((place, end))
                if marker in _FRAMES:
                    if frame or data[place + 4] != 8:
                        return None
                    frame = marker
                    size = (data[place + 7] << 8 | data[place + 8], data[place + 5] << 8 | data[place + 6],
                            data[place + 9])
            elif marker == 0xE1:
                if exif is None and data.startswith(b"Exif\0", place + 4):
                    exif = place + 4, end
            elif marker == 0xE2:
                several |= data.startswith(b"MPF\0", place + 4)
            place = end
    except IndexError:
        return None
    if not frame or not size[0] or not size[1]:
        return None
    return Header(*size, frame, exif, several, tuple(needed), place)


def read_quality(data: bytes, header: Header) -> int | None:
    """Return the quality of a JPEG's luminance table, 1 to 100; None where it has no such table."""
    total = None
    for start, end in header.needed:
        place = start + 4
        while data[start + 1] == _TABLES and place < end:
            wide = data[place] >> 4
            values = data[place + 1:place + 65 + 64 * wide]
            if data[place] & 15 == 0:
                total = sum(values[::2]) * 256 + sum(values[1::2]) if wide else sum(values)
            place += 65 + 64 * wide
    return None if total is None else estimate_quality(total)


def estimate_quality(total: float) -> int:
    """Return the quality, 1 to 100, that libjpeg would have been given for a luminance table of this sum."""
    scale = max(total, 1) / _SUM_50 * 100
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return min(max(round(quality), 1), 100)


def strip(data: bytes, header: Header) -> bytes | None:
    """Return a baseline file of one scan without its metadata: the same pixels, nothing on who, where and how.

    Where a colour profile or an orientation is among it, what is left shows the stored pixels.

    Returns:
        None where it has several scans, or anything at all after the first.
    """
    if not header.baseline or _find_end_of_scan(data, header) != len(data) - 2 or not data.endswith(_END):
        return None
    return b"".join((_START, _JFIF, *(data[start:end] for start, end in header.needed), data[header.scan:]))


def cut_first_scan(data: bytes, header: Header) -> bytes | None:
    """Return a progressive file up to the end of its first scan: the mean of each block is there, and nothing else.

    Returns:
        None where it is no progressive file, or not whole, or its first scan has not the means of all components.
    """
    if not header.progressive or not data.endswith(_END):
        return None
    parameters = data[header.scan + 4:header.scan + 2 + (data[header.scan + 2] << 8 | data[header.scan + 3])]
    # number of components, first and last frequency
    if len(parameters) < 4 or (parameters[0], parameters[-3], parameters[-2]) != (header.components, 0, 0):
        return None
    end = _find_end_of_scan(data, header)
    return None if end is None else data[:end] + _END


def _find_end_of_scan(data: bytes, header: Header) -> int | None:
    found = _NEXT_MARKER.search(data, header.scan + 2)
    return found.start() if found else None
