"""Completes the output of Qt's SVG generator: clips plots, fixes line widths, keeps the pixels of images sharp.

Qt's generator cannot clip. It writes lines in units of the data, with a transform to pixels. Lines have the right width
only in viewers that support the attribute ``vector-effect``, which many do not; therefore the coordinates of lines are
converted to pixels here.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from xml.etree import ElementTree

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QImage, QTransform

from sslviz.window.plotting.images import to_png

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
SHARP = 1000
"""Minimum width in pixels to which an image of cells is enlarged: its cells look sharp even in viewers that smooth."""
POINT = re.compile(r"([^\s,A-Z]+),(\S+)")
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)

Element = ElementTree.Element


def finished(drawing: str, word: str, areas: Sequence[QRect]) -> str:
    """Return the completed SVG ``drawing``, in which the data of plot i are clipped to the rectangle ``areas[i]``.

    Two text elements of ``drawing``, called the marks of plot i, stand before and after the shapes that show its data.
    If ``word`` is "abc", the marks of plot 0 have the texts "abc-0-begin" and "abc-0-end". No other text of ``drawing``
    may begin with ``word``. The marks are removed.
    """
    root = ElementTree.fromstring(drawing)  # noqa: S314  Qt has just written it
    root.attrib.pop("baseProfile", None)
    root.attrib.pop("version", None)
    root.attrib.update(zip(("width", "height"), root.attrib["viewBox"].split()[2:], strict=True))  # not millimetres
    (page,) = root.findall(f"{{{SVG}}}g")
    groups = [group for group in page if len(group)]
    for group in groups:
        _flatten(group)
    _clip(page, groups, word)
    _define(root, areas)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _flatten(group: Element) -> None:
    """Remove the transform of a group, so that lines of a fixed width in pixels are not scaled.

    The coordinates of these lines are converted to pixels. Each of the other shapes of the group gets the transform.
    Also, images with sharp pixels are enlarged (see :func:`_enlarged`), and each font gets "sans-serif" as a fallback.
    """
    transform = group.attrib.pop("transform")
    matrix = QTransform(*(float(number) for number in transform.removeprefix("matrix(").removesuffix(")").split(",")))
    for shape in (group, *group):
        if "font-family" in shape.attrib:
            shape.set("font-family", f"{shape.get('font-family')}, sans-serif")
        if shape.get("image-rendering") == "optimizeSpeed":
            shape.set(HREF, _enlarged(shape.attrib[HREF]))
    for shape in group:
        points = next((key for key in ("points", "d") if key in shape.attrib), None)
        if points is not None and shape.attrib.pop("vector-effect", "") == "non-scaling-stroke":
            shape.set(points, _mapped(shape.attrib[points], matrix))
        elif not matrix.isIdentity():
            shape.set("transform", transform)


def _mapped(points: str, matrix: QTransform) -> str:
    def place(match: re.Match[str]) -> str:
        point = matrix.map(QPointF(float(match[1]), float(match[2])))
        return f"{point.x():.2f},{point.y():.2f}"

    return POINT.sub(place, points)


def _enlarged(reference: str) -> str:
    """Enlarge an embedded image by an integer factor until it is more than :data:`SHARP` pixels wide.

    ``reference`` and the result are data URIs.
    """
    head, _, content = reference.partition(",")
    image = QImage.fromData(b64decode(content))
    times = 1 + SHARP // max(image.width(), 1)
    return f"{head},{b64encode(to_png(image.scaled(image.size() * times))).decode()}"


def _clip(page: Element, groups: Sequence[Element], word: str) -> None:
    """Replace the content of ``page`` by ``groups``, without the marks of the plots (see :func:`finished`).

    The groups between the two marks of a plot are put into a new group, which is clipped to the area of the plot. The
    texts of the marks begin with ``word``.
    """
    page[:] = []
    target = page
    for group in groups:
        text = group[0].text or ""
        if not text.startswith(word):
            target.append(group)
        elif text.endswith("begin"):
            target = ElementTree.SubElement(page, f"{{{SVG}}}g", {"clip-path": f"url(#plot{text.split('-')[1]})"})
        else:
            target = page


def _define(root: Element, areas: Sequence[QRect]) -> None:
    definitions = root.find(f"{{{SVG}}}defs")
    assert definitions is not None
    for number, area in enumerate(areas):
        clip = ElementTree.SubElement(definitions, f"{{{SVG}}}clipPath", {"id": f"plot{number}"})
        sides = {"x": area.x(), "y": area.y(), "width": area.width(), "height": area.height()}
        ElementTree.SubElement(clip, f"{{{SVG}}}rect", {name: str(value) for name, value in sides.items()})
