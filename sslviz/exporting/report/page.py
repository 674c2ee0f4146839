"""The page of a report: one HTML file that loads nothing, and whose policy forbids browsers to load anything.

Every text that comes from a run is escaped. Scripts and styles are allowed by their hashes only.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from html import escape

from sslviz import __version__
from sslviz.core.counts import counted
from sslviz.core.percentage import percent
from sslviz.core.resources import resources
from sslviz.exporting.report.contents import Contents
from sslviz.exporting.report.curves import curve, format_figure
from sslviz.exporting.report.samples import SIDE, ReportSamples, point_class
from sslviz.window.style.palette import DARK, LIGHT, Palette

COLOURS = ("ground", "surface", "raised", "line", "text", "dim", "accent", "reference", "warning")
"""Colours of a palette that the style sheet uses."""
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
{script}</body>
</html>
"""


def page_of(contents: Contents) -> str:
    """Return the report of a run as HTML."""
    samples = None
    if contents.snapshot is not None and contents.xy is not None:
        samples = ReportSamples(contents.probe, contents.snapshot.h, contents.xy)
    sections = [_heading(contents), _diagnosis(contents), _figures(contents), _curves(contents)]
    if samples is not None:
        captions = samples.captions()
        sections += [_map(contents, samples), _neighbours(samples, captions)]
    sections += [_marks(contents), _table("Settings", contents.settings), _table("Made with", contents.facts)]
    footer = f"<footer>A report by sslviz {__version__}. This file loads nothing from any network.</footer>"
    style = _style(samples)
    policy = f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    script = ""
    if samples is not None:
        code = (resources() / "report" / "report.js").read_text("utf-8")
        policy += f"; script-src '{_hash(code)}'"
        script = f"{_data(samples, captions)}<script>{code}</script>\n"
    body = "\n".join([*filter(None, sections), footer])
    return PAGE.format(policy=policy, title=escape(contents.title), style=style, body=body, script=script)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _style(samples: ReportSamples | None) -> str:
    text = (resources() / "report" / "report.css").read_text("utf-8")
    light, dark = (_colours(samples, palette) for palette in (LIGHT, DARK))
    return f"{light}@media (prefers-color-scheme: dark){{{dark}}}\n{text}"


def _colours(samples: ReportSamples | None, palette: Palette) -> str:
    """Return the rules with the colours of a palette, and with those of the classes of the points."""
    rules = [f":root{{{''.join(f'--{name}:{getattr(palette, name)};' for name in COLOURS)}}}"]
    for number, colours in enumerate(samples.colourings if samples is not None else ()):
        for label in sorted({-1, *colours.labels.tolist()}):
            colour, _ = colours.styles.of(label, palette)
            rules.append(f".{point_class(label, number)}{{fill:{colour};border-color:{colour}}}")
            rules.append(f"i.{point_class(label, number)}{{background:{colour}}}")
    return "".join(rules) + "\n"


def _data(samples: ReportSamples, captions: list[str]) -> str:
    """Return what the script knows of the points, in an element that is not run."""
    data: dict[str, object] = {
        "side": SIDE,
        "captions": captions,
        "labels": [
            [point_class(label, number) for label in colours.labels.tolist()]
            for number, colours in enumerate(samples.colourings)
        ],
    }
    if samples.sheet is not None:
        width, height = samples.sheet.size
        data |= {"columns": samples.sheet.columns, "width": width, "height": height}
    text = json.dumps(data).replace("<", "\\u003c")
    return f'<script type="application/json" id="samples">{text}</script>\n'


# ----------------------------------------------------------------- sections


def _section(title: str, inner: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inner}</section>" if inner else ""


def _heading(contents: Contents) -> str:
    beside = " · ".join(filter(None, [contents.subtitle, counted(contents.last_step, "step")]))
    note = f"<p>{escape(contents.note.text)}</p>" if contents.note.text else ""
    notices = "".join(f'<p class="warning">{escape(text)}</p>' for text in contents.notices)
    return f'<h1>{escape(contents.title)}</h1><p class="dim">{escape(beside)}</p>{note}{notices}'


def _diagnosis(contents: Contents) -> str:
    found = contents.diagnosis
    if found is None:
        return ""
    evidence = "".join(f"<li>{escape(text)}</li>" for text in found.evidence)
    parts = [f"<p><strong>{escape(found.title)}</strong></p>", f"<p>{escape(found.text)}</p>"]
    parts += [f"<ul>{evidence}</ul>" if evidence else "", f"<p>{escape(found.advice)}</p>" if found.advice else ""]
    return _section("Diagnosis", "".join(parts))


def _figures(contents: Contents) -> str:
    """Return a table of the last values of all figures, beside the reference lines."""
    rows = []
    for entry in contents.figures:
        if entry.key not in contents.curves:
            continue
        steps, values = contents.curves[entry.key]
        lines = (line for line in contents.lines if line.curve == entry.key)
        beside = ", ".join(f"{line.label} {format_figure(line.value, entry.form)}" for line in lines)
        rows.append(
            f'<tr><td title="{escape(entry.help)}">{escape(entry.title)}</td>'
            f'<td class="number">{format_figure(float(values[-1]), entry.form)}</td>'
            f'<td class="dim">{escape(beside)}</td><td class="dim number">step {steps[-1]:,.0f}</td></tr>'
        )
    return _section("Figures", f"<table>{''.join(rows)}</table>" if rows else "")


def _curves(contents: Contents) -> str:
    drawn = []
    for entry in contents.figures:
        if entry.key in contents.curves:
            lines = [line for line in contents.lines if line.curve == entry.key]
            svg = curve(entry, *contents.curves[entry.key], lines, contents.marks, contents.last_step)
            drawn.append(f'<div><h3 title="{escape(entry.help)}">{escape(entry.title)}</h3>{svg}</div>')
    return _section("Curves", f'<div class="curves">{"".join(drawn)}</div>' if drawn else "")


def _map(contents: Contents, samples: ReportSamples) -> str:
    snapshot = contents.snapshot
    assert snapshot is not None
    shown = counted(samples.total, "sample")
    if len(samples.kept) < samples.total:
        shown = f"{len(samples.kept):,} of {shown}"
    texts = [f"{shown}, step {snapshot.step:,}"]
    if snapshot.map is not None:
        trust = {"trustworthiness": snapshot.map.trustworthiness, "neighbours kept": snapshot.map.agreement}
        texts += [f"{name} {percent(value)}" for name, value in trust.items() if value == value]  # noqa: PLR0124
    picture, sheets = "", ""
    if samples.sheet is not None:
        sheets = f'<svg id="sheets" aria-hidden="true"><defs>{samples.sheet.element()}</defs></svg>'
        picture = f'<svg viewBox="{samples.sheet.view_box(0)}"><use href="#sheet"/></svg>'
    tip = f'<div id="tip">{picture}<span></span></div>'
    note = f'<p class="dim">{escape(" · ".join(texts))}. Point at a point to see its sample.</p>'
    inner = f'{sheets}{note}<div class="map"><div class="place">{samples.map()}{tip}</div>{_legend(samples)}</div>'
    return _section("Latent map", inner)


def _legend(samples: ReportSamples) -> str:
    names = [entry.name for entry in samples.entries]
    options = "".join(f"<option>{escape(name)}</option>" for name in names)
    choice = f'<select id="choice" aria-label="Colour by">{options}</select>' if len(names) > 1 else ""
    title = f"<p>{escape(names[0])}</p>" if len(names) == 1 else ""
    lists = []
    for number, colours in enumerate(samples.colourings):
        present = set(colours.labels.tolist())
        items = [
            f'<li><i class="{point_class(label, number)}"></i>{escape(name)}</li>'
            for label, name in enumerate(colours.names)
            if label in present
        ]
        items += [f'<li><i class="{point_class(-1, number)}"></i>unknown</li>'] * (-1 in present)
        lists.append(f"<ul data-legend{' hidden' * (number > 0)}>{''.join(items)}</ul>")
    return f'<div class="legend">{choice}{title}{"".join(lists)}</div>'


def _neighbours(samples: ReportSamples, captions: list[str]) -> str:
    rows = samples.neighbours(captions)
    note = (
        '<p class="dim">Some samples, on the left, and those nearest to them in the latent space, with the cosine.</p>'
    )
    return _section("Nearest neighbours", note + rows if rows else "")


def _marks(contents: Contents) -> str:
    items = "".join(f"<li>step {mark.step:,}: {escape(mark.text)}</li>" for mark in contents.marks)
    return _section("Changes of settings", f"<ul>{items}</ul>" if items else "")


def _table(title: str, texts: Mapping[str, str]) -> str:
    return _section(
        title, f'<div class="columns"><table>{"".join(_rows(texts.items()))}</table></div>' if texts else ""
    )


def _rows(texts: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in texts)
