"""The current theme of the application, and its fonts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from sslviz.core.resources import resources
from sslviz.window.style.icons import use_own_dialog_icons
from sslviz.window.style.palette import DARK, PALETTES, Palette, ThemeName
from sslviz.window.style.stylesheet import stylesheet

TEXT_PERCENTS = (85, 100, 115, 130, 150, 175)
"""The text sizes between which the user chooses, in percent of the usual one."""


class Theme(QObject):
    """Holds the current theme and the text size, and applies them to the whole application.

    The signal :attr:`changed` is emitted when a palette or a text size has been applied; panels then redraw.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name: ThemeName = "system"
        self.palette = DARK
        self.line_scale = 1.0
        """By how much lines and points of plots, and all texts, are larger in the presentation; 1.0 outside of it."""
        self.text_percents = {False: 100, True: 100}
        """Text size in percent of the usual one, outside of the presentation (False) and in it (True)."""
        QApplication.setStyle("Fusion")
        use_own_dialog_icons()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)

    @property
    def text_percent(self) -> int:
        """The present text size, in percent of the usual one; in the presentation, of the usual one there."""
        return self.text_percents[self.presenting]

    @property
    def scale(self) -> float:
        """By how much the text, and what grows with it, is larger than usual; 1.0 at the usual size."""
        return self.text_percent / 100 * self.line_scale

    @property
    def presenting(self) -> bool:
        """Whether the window is in the presentation, which has palettes and a text size of its own."""
        return self.line_scale != 1.0

    def apply(self, name: ThemeName) -> None:
        """Apply the theme ``name`` to the whole application.

        The theme ``system`` is light or dark like the desktop; it is dark if the desktop's choice is unknown.
        """
        self.name = name
        scheme = QGuiApplication.styleHints().colorScheme()
        self._use_shade(dark=_is_dark(scheme) if name == "system" else name == "dark")

    def set_text(self, percent: int) -> None:
        """Set the text size to that of :data:`TEXT_PERCENTS` which is nearest to ``percent``."""
        nearest = min(TEXT_PERCENTS, key=lambda each: abs(each - percent))
        if nearest != self.text_percent:
            self.text_percents[self.presenting] = nearest
            set_application_font()
            self._use(self.palette)

    def step_text(self, steps: int) -> None:
        """Make the text larger by so many of :data:`TEXT_PERCENTS`; smaller if ``steps`` is negative."""
        index = TEXT_PERCENTS.index(self.text_percent) + steps
        self.set_text(TEXT_PERCENTS[min(max(index, 0), len(TEXT_PERCENTS) - 1)])

    def present(self, line_scale: float) -> None:
        """Use the palettes of the presentation, and lines and texts so much larger; with 1.0, the usual ones again."""
        if line_scale != self.line_scale:
            self.line_scale = line_scale
            set_application_font()
            self._use_shade(dark=self.palette.dark)

    @contextmanager
    def lent(self, palette: Palette) -> Iterator[None]:
        """Use another palette while the context is active, for a picture, then the present one again.

        Between the two, nothing may return to the event loop, so that the window is not seen in the other palette.
        """
        present = self.palette
        if palette == present:
            yield
            return
        self._use(palette)
        try:
            yield
        finally:
            self._use(present)

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        """Apply the desktop's new choice of light or dark, if the theme is ``system``."""
        if self.name == "system":
            self._use_shade(dark=_is_dark(scheme))

    def _use_shade(self, *, dark: bool) -> None:
        self._use(PALETTES[dark, self.presenting])

    def _use(self, palette: Palette) -> None:
        self.palette = palette
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(_qt_palette(self.palette))
        application.setStyleSheet(stylesheet(self.palette, self.scale))
        self.changed.emit()


_theme: list[Theme] = []


def theme() -> Theme:
    """Return the theme object, of which the application has exactly one."""
    if not _theme:
        _theme.append(Theme())
    return _theme[0]


def _is_dark(scheme: Qt.ColorScheme) -> bool:
    return scheme != Qt.ColorScheme.Light


def _qt_palette(palette: Palette) -> QPalette:
    role = QPalette.ColorRole
    colours = {
        role.Window: palette.ground,
        role.WindowText: palette.text,
        role.Base: palette.surface,
        role.AlternateBase: palette.raised,
        role.Text: palette.text,
        role.Button: palette.raised,
        role.ButtonText: palette.text,
        role.ToolTipBase: palette.raised,
        role.ToolTipText: palette.text,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.on_accent,
        role.PlaceholderText: palette.dim,
        role.Link: palette.accent,
    }
    result = QPalette()
    for key, colour in colours.items():
        result.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(palette.dim))
    return result


FONTS = {400: "Inter-Regular.otf", 600: "Inter-SemiBold.otf"}
"""Files of the bundled font Inter, by weight."""


TEXT_PX = 13
"""Usual size of text, in pixels."""


def font_file(weight: int) -> Path:
    """Return the path of the bundled font of a weight. Raises KeyError for a weight other than 400 and 600."""
    return resources() / "fonts" / FONTS[weight]


def load_fonts() -> None:
    """Load the bundled font Inter and make it the font of the application.

    The window thus looks the same on all systems. If the font file is missing, Qt uses another font.
    """
    for weight in FONTS:
        QFontDatabase.addApplicationFont(str(font_file(weight)))
    set_application_font()


def set_application_font() -> None:
    """Make Inter the font of all widgets that have no font of their own, at the present text size."""
    font = QFont("Inter")
    font.setPixelSize(round(TEXT_PX * theme().scale))
    QApplication.setFont(font)


def number_font(size: int = 12, *, bold: bool = False) -> QFont:
    """Return a font of ``size`` pixels for numbers: its digits have equal width, so changing numbers stay in place."""
    font = QFont("Inter")
    font.setPixelSize(size)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    if hasattr(font, "setFeature"):  # Qt 6.7
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def small_font() -> QFont:
    """Return the font for axes and captions, which is smaller than the font of other text."""
    font = QFont("Inter")
    font.setPixelSize(11)
    return font
