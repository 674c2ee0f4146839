"""Places for names of classes: beside the points, apart from each other, within the view, and steady."""

import numpy as np
from PySide6.QtCore import QRectF, QSizeF

from sslviz.window.latent.name_places import places_beside

AREA = QRectF(0, 0, 400, 300)
NAME = QSizeF(50, 16)


def blob(x, y, points=60, spread=8):
    return (np.random.default_rng(0).normal(size=(points, 2)) * spread + (x, y)).astype(np.float32)


def placed(*groups, others=(), area=AREA, before=None):
    sizes = dict.fromkeys(range(len(groups)), NAME)
    return places_beside(np.concatenate([*groups, *others]), dict(enumerate(groups)), sizes, area, before or {})


def covered(box, xy):
    return sum(box.contains(x, y) for x, y in xy.tolist())


def test_a_name_is_beside_its_class_and_covers_no_point():
    members = blob(200, 150)
    place = placed(members)[0]
    assert covered(place.box, members) <= 2
    distance = np.hypot(*(np.array(place.box.center().toTuple()) - (200, 150)))
    assert 20 < distance < 60


def test_at_the_border_it_is_where_there_is_room():
    for x, y in ((380, 150), (200, 297), (200, 3), (395, 295)):
        place = placed(blob(x, y, spread=3))[0]
        assert AREA.contains(place.box)


def test_names_cover_neither_each_other_nor_the_points_of_other_classes():
    groups = [blob(150, 150), blob(195, 150), blob(172, 190)]
    places = placed(*groups)
    boxes = [place.box for place in places.values()]
    assert len(boxes) == 3
    assert not any(one.intersects(other) for one in boxes for other in boxes if one is not other)
    assert max(covered(box, np.concatenate(groups)) for box in boxes) <= 6


def test_a_class_amid_many_points_or_outside_of_the_view_has_no_name():
    crowd = np.random.default_rng(1).uniform(0, 400, (6000, 2)).astype(np.float32)
    assert placed(blob(200, 150), others=[crowd]) == {}
    assert placed(blob(900, 150)) == {}


def test_it_changes_sides_only_for_a_much_better_place():
    members = np.stack(np.meshgrid(range(190, 211), range(140, 161)), 2).reshape(-1, 2).astype(np.float32)
    assert placed(members)[0].direction == 0
    assert placed(members, before={0: 1})[0].direction == 1
    beside = blob(150, 150, points=40)
    assert placed(members, others=[beside], before={0: 1})[0].direction == 0


def test_beside_a_bent_class_it_is_at_the_points_and_not_where_those_above_reach():
    angle = np.linspace(-np.pi / 2, np.pi / 2, 200)
    bent = np.stack([200 - 80 * np.cos(angle), 150 + 80 * np.sin(angle)], axis=1).astype(np.float32)  # like a "("
    place = placed(bent)[0]
    assert np.hypot(*(bent - place.edge.toTuple()).T).min() < 16
