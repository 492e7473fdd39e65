"""Draws a QR code as the path of an SVG: no picture file, no data address, no inline style."""

from dataclasses import dataclass, field
from itertools import groupby

from qrcode.main import QRCode


@dataclass(frozen=True, slots=True)
class Drawing:
    """The path and the side of the square that it needs, border included."""

    path: str = field(repr=False)
    side: int


def qr_path(text: str) -> Drawing:
    """A QR code of `text`, one unit for each module."""
    code = QRCode(border=4)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    strokes = [stroke for y, row in enumerate(rows) for stroke in _strokes(row, y)]
    return Drawing("".join(strokes), len(rows))


def _strokes(row: list[bool], y: int) -> list[str]:
    found, x = [], 0
    for dark, modules in groupby(row):
        width = len(list(modules))
        if dark:
            found.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return found
