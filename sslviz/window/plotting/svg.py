"""Completes the output of Qt's SVG generator: clips plots, fixes line widths, embeds fonts, keeps images sharp.

Qt's generator cannot clip, nor embed fonts. It writes lines in units of the data, with a transform to pixels. Lines
have the right width only in viewers that support the attribute ``vector-effect``, which many do not; therefore the
coordinates of lines are converted to pixels here.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from xml.etree import ElementTree

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QImage, QTransform

from sslviz.window.plotting.images import to_png
from sslviz.window.style.theme import FONTS, font_file

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
SHARP = 1000
"""Minimum width in pixels to which an image of cells is enlarged: its cells look sharp even in viewers that smooth."""
DIGITS = "text { font-feature-settings: 'tnum'; }"
"""Makes the digits of texts equally wide, as those of almost all numbers of the window are."""
EDGE_PX = 2
"""Pixels by which data may reach beyond their plot without being clipped: lines across the plot end on its border."""
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
    groups = [group for group in page if len(group) and not _invisible(group)]
    for group in groups:
        _flatten(group)
    definitions = root.find(f"{{{SVG}}}defs")
    assert definitions is not None
    for number in _join(page, groups, word, areas):
        definitions.append(_clip_path(number, areas[number]))
    _embed_fonts(root, definitions)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _invisible(group: Element) -> bool:
    """Return whether a group of shapes has neither a fill nor a stroke. Some viewers draw it in black all the same."""
    painted = (group.get(key) != "none" and group.get(f"{key}-opacity") != "0" for key in ("fill", "stroke"))
    return not any(painted) and all(shape.get("fill") is None and HREF not in shape.attrib for shape in group)


def _flatten(group: Element) -> None:
    """Remove the transform of a group, so that lines of a fixed width in pixels are not scaled.

    The coordinates of these lines are converted to pixels. Each of the other shapes of the group gets the transform.
    Also, images with sharp pixels are enlarged (see :func:`_enlarged`), and each font gets "sans-serif" as a fallback.
    """
    transform = group.attrib.pop("transform")
    matrix = QTransform(*(float(number) for number in transform.removeprefix("matrix(").removesuffix(")").split(",")))
    _simplify(group)
    for shape in group:
        if "font-family" in shape.attrib:
            shape.set("font-family", f"{shape.get('font-family')}, sans-serif")
        if shape.get("image-rendering") == "optimizeSpeed":
            shape.set(HREF, _enlarged(shape.attrib[HREF]))
        points = next((key for key in ("points", "d") if key in shape.attrib), None)
        if points is not None and shape.attrib.pop("vector-effect", "") == "non-scaling-stroke":
            shape.set(points, _mapped(shape.attrib[points], matrix))
        elif not matrix.isIdentity():
            shape.set("transform", transform)


def _simplify(group: Element) -> None:
    """Remove the font of a group, since each text has its own, and the square ends of dashes.

    Many viewers make dashes longer by their square ends, so that no gap is left between them.
    """
    for attribute in [name for name in group.attrib if name.startswith("font-")]:
        del group.attrib[attribute]
    if "stroke-dasharray" in group.attrib:
        group.set("stroke-linecap", "butt")


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


def _join(page: Element, groups: Sequence[Element], word: str, areas: Sequence[QRect]) -> list[int]:
    """Replace the content of ``page`` by ``groups``, without the marks of the plots (see :func:`finished`).

    The groups between the two marks of plot i are put into a new group. It is clipped to ``areas[i]`` if some of its
    shapes reach beyond: viewers that cannot clip, and leave out what is clipped, then show all plots but zoomed ones.

    Returns the numbers of the plots that are clipped.
    """
    page[:] = []
    target, clipped = page, list[int]()
    for group in groups:
        text = group[0].text or ""
        if not text.startswith(word):
            target.append(group)
        elif text.endswith("begin"):
            target = ElementTree.SubElement(page, f"{{{SVG}}}g")
        else:
            number = int(text.split("-")[1])
            if _reaches_beyond(target, areas[number]):
                target.set("clip-path", f"url(#plot{number})")
                clipped.append(number)
            target = page
    return clipped


def _reaches_beyond(group: Element, area: QRect) -> bool:
    """Return whether lines or points of a group reach beyond an area; for other shapes, it is not known: True."""
    area = area.adjusted(-EDGE_PX, -EDGE_PX, EDGE_PX, EDGE_PX)
    for shape in group.iter():
        if shape.tag.endswith("}g") or shape.tag.endswith("}text"):
            continue
        points = shape.get("points") or shape.get("d")
        if points is None or "transform" in shape.attrib:
            return True
        if not all(area.contains(round(float(x)), round(float(y))) for x, y in POINT.findall(points)):
            return True
    return False


def _clip_path(number: int, area: QRect) -> Element:
    path = Element(f"{{{SVG}}}clipPath", {"id": f"plot{number}"})
    sides = {"x": area.x(), "y": area.y(), "width": area.width(), "height": area.height()}
    ElementTree.SubElement(path, f"{{{SVG}}}rect", {name: str(value) for name, value in sides.items()})
    return path


def _embed_fonts(root: Element, definitions: Element) -> None:
    """Embed the bundled fonts of the weights that occur in texts, so that they look the same where Inter is missing."""
    weights = {text.get("font-weight") for text in root.iter(f"{{{SVG}}}text")}
    faces = [_face(weight) for weight in FONTS if str(weight) in weights]
    ElementTree.SubElement(definitions, f"{{{SVG}}}style").text = "".join((*faces, DIGITS))


def _face(weight: int) -> str:
    font = b64encode(font_file(weight).read_bytes()).decode()
    source = f"url(data:font/otf;base64,{font}) format('opentype')"
    return f"@font-face {{ font-family: Inter; font-weight: {weight}; src: {source}; }}"
