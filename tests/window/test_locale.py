"""A desktop that writes decimal commas changes no number that is shown, read or saved."""

import re

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QLabel, QLineEdit
from window_fakes import catalogue

from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.window.demo.stories import demo_panel
from sslviz.window.form.settings_form import SettingsForm
from sslviz.window.panel import panels
from sslviz.window.plotting.rendering import svg
from sslviz.window.plotting.table import to_csv

AGE = re.compile(r", \d+ (s|min) ago")


@pytest.fixture
def set_locale():
    """Sets the language whose numbers Qt writes; afterwards it is as before."""
    before = QLocale()
    yield lambda language: QLocale.setDefault(QLocale(language))
    QLocale.setDefault(before)


def words(widget):
    """Return all texts in a widget, without the age of the map."""
    return [AGE.sub("", each.text()) for kind in (QLabel, QLineEdit) for each in widget.findChildren(kind)]


def both(set_locale, made):
    """Return what the function ``made`` returns under the C locale and under the German one."""
    results = []
    for language in (QLocale.Language.C, QLocale.Language.German):
        set_locale(language)
        results.append(made())
    assert QLocale().toString(0.5) == "0,5"
    return results


@pytest.mark.parametrize("name", ["health", "latent_map", "loss", "similarity"])
def test_a_panel_and_what_is_saved_of_it_have_points(set_locale, on_screen, name):
    def made():
        panel = demo_panel(panels[name])
        on_screen(panel, 620, 420)
        panel.draw()
        return words(panel), svg(panel), to_csv(panel.table())

    in_c, in_german = both(set_locale, made)
    assert in_german == in_c


@pytest.mark.parametrize("typed", ["0.05", "0,05"])
def test_settings_have_points_and_are_read_with_either(set_locale, qtbot, typed):
    def made():
        form = SettingsForm()
        qtbot.addWidget(form)
        form.show_settings(settings_for(catalogue(), {"data": "shapes"}), resolve_values(catalogue(), {}))
        before, edit = words(form), form.fields["temperature"].edit
        edit.setText("")
        qtbot.keyClicks(edit, typed)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        return before, form.fields["temperature"].value(), edit.text()

    in_c, in_german = both(set_locale, made)
    assert in_german == in_c
    assert in_german[1:] == (0.05, "0.05")
