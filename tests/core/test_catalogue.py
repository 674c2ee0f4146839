"""Queries of the catalogue: settings of a data set with an objective."""

from __future__ import annotations

import msgspec
import pytest

from sslviz.core.catalogue import (
    chosen_objective,
    data_named,
    data_seed,
    dataset_entry,
    families_for,
    live_keys,
    method_named,
    resolve_values,
    settings_for,
    variants,
)
from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.settings import Setting, SettingError


def setting(key, default=0.5, **facts):
    return Setting(
        key=key, value_type="float", default=default, label=key, help="", group="", low=0.0, high=1.0, **facts
    )


def choice(key, *choices):
    return Setting(key=key, value_type="choice", default=choices[0], label=key, help="", group="", choices=choices)


def objective(name, family, kinds, own, **facts):
    return ObjectiveEntry(
        name=name, family=family, modalities=kinds, title="", help=f"About {name}.", settings=(setting(own),), **facts
    )


def dataset(name, kind, *settings, **facts):
    return DatasetEntry(name=name, modality=kind, title="", help="", settings=settings, **facts)


COMMON = (
    choice("data", "shapes", "speech", "clips", "smells"),
    choice("objective", "contrastive", "cpc", "predictive"),
    setting("lr", live=True),
)
CATALOGUE = Catalogue(
    version="1",
    common=COMMON,
    objectives=(
        objective("next_frame", "predictive", ("video",), "horizon"),
        objective("cpc", "cpc", ("video", "audio"), "ahead", defaults={"lr": 0.125}),
        objective("simclr", "contrastive", ("image",), "flip"),
        objective("features", "predictive", ("video",), "momentum"),
    ),
    datasets=(
        dataset("shapes", "image", setting("noise"), defaults={"flip": 0.0}),
        dataset("speech", "audio"),
        dataset("clips", "video"),
        dataset("smells", "smell"),
    ),
    devices=(),
)


def keys(**given):
    return [each.key for each in settings_for(CATALOGUE, given)]


def named(key, **given):
    """Return the setting with this key."""
    (found,) = [each for each in settings_for(CATALOGUE, given) if each.key == key]
    return found


def test_settings_of_a_pair_are_the_objectives_own_then_common_ones_and_the_datas():
    assert keys(data="shapes", objective="contrastive") == ["flip", "data", "objective", "lr", "noise"]
    assert keys(data="speech", objective="cpc") == ["ahead", "data", "objective", "lr"]
    assert live_keys(settings_for(CATALOGUE, {"data": "shapes", "objective": "contrastive"})) == {"lr"}


def test_the_datas_defaults_replace_those_declared():
    assert resolve_values(CATALOGUE, {})["flip"] == 0.0
    assert resolve_values(CATALOGUE, {"flip": 0.25})["flip"] == 0.25


def test_the_objectives_defaults_replace_the_common_ones_and_the_datas_replace_both():
    assert resolve_values(CATALOGUE, {"data": "speech"})["lr"] == 0.125
    clips = dataset("clips", "video", defaults={"lr": 0.75})
    changed = msgspec.structs.replace(CATALOGUE, datasets=(*CATALOGUE.datasets[:2], clips))
    assert resolve_values(changed, {"data": "clips", "objective": "cpc"})["lr"] == 0.75


def test_values_say_which_pair_they_are_of():
    values = resolve_values(CATALOGUE, {"data": "speech", "objective": "cpc"})
    assert values == {"data": "speech", "objective": "cpc", "lr": 0.125, "ahead": 0.5}


def test_a_setting_is_left_out_where_it_does_not_apply_to_the_modality():
    heard = msgspec.structs.replace(
        CATALOGUE.objectives[1], settings=(setting("ahead"), setting("hz", modalities=("audio",)))
    )
    changed = msgspec.structs.replace(CATALOGUE, objectives=(heard,))
    for data, expected in (("speech", {"ahead", "hz"}), ("clips", {"ahead"})):
        given = {"data": data, "objective": "cpc"}
        assert {each.key for each in settings_for(changed, given)} - {"data", "objective", "lr"} == expected
    with pytest.raises(SettingError, match="no setting called 'hz'"):
        resolve_values(changed, {"data": "clips", "objective": "cpc", "hz": 0.5})


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"data": "nope"}, "no data set called 'nope'; there are shapes, speech, clips, smells"),
        (
            {"objective": "nope"},
            "there are the families contrastive, cpc, predictive and the methods features, next_frame, simclr",
        ),
        ({"objective": "cpc"}, "cpc objective learns from video or audio data, and these are image data"),
        (
            {"objective": "features"},
            "features objective learns from video data, and .* For image data take contrastive",
        ),
        ({"ahead": 0.5}, "no setting called 'ahead'"),
        ({"lr": 2}, "lr takes a number between 0 and 1; 2 was given"),
        ({"variant": "simclr"}, "no setting called 'variant'"),
        ({"data": "clips", "variant": "simclr"}, "variant takes one of next_frame, features; 'simclr' was given"),
    ],
)
def test_data_and_objectives_that_do_not_fit_are_refused_in_words(given, text):
    with pytest.raises(SettingError, match=text):
        resolve_values(CATALOGUE, given)


@pytest.mark.parametrize(
    ("data", "family", "text"),
    [
        ("speech", "contrastive", "learns from image data, and these are audio data. For audio data take cpc."),
        (
            "clips",
            "contrastive",
            "learns from image data, and these are video data. For video data take predictive or cpc.",
        ),
        ("smells", "contrastive", "learns from image data, and these are smell data."),
    ],
)
def test_a_family_that_does_not_fit_says_why_and_what_fits(data, family, text):
    with pytest.raises(SettingError) as refused:
        chosen_objective(CATALOGUE, {"data": data, "objective": family})
    assert str(refused.value) == f"The {family} objective {text}"
    assert refused.value.key == "objective"


# ----------------------------------------------------------------- what is not said


@pytest.mark.parametrize(
    ("data", "family", "name"),
    [("shapes", "contrastive", "simclr"), ("speech", "cpc", "cpc"), ("clips", "predictive", "next_frame")],
)
def test_data_alone_select_the_default_family_of_their_modality(data, family, name):
    assert chosen_objective(CATALOGUE, {"data": data}).name == name
    assert resolve_values(CATALOGUE, {"data": data})["objective"] == family


def test_without_values_both_are_the_defaults():
    assert chosen_objective(CATALOGUE, {}).name == "simclr"


def test_the_default_family_comes_first_wherever_it_stands_in_the_list():
    assert families_for(CATALOGUE, "video") == ("predictive", "cpc")
    more = (*CATALOGUE.objectives, objective("moco", "contrastive", ("video",), "queue"))
    assert families_for(msgspec.structs.replace(CATALOGUE, objectives=more), "video")[0] == "contrastive"
    assert families_for(CATALOGUE, "smell") == ()


def test_data_of_a_modality_without_objectives_are_refused():
    with pytest.raises(SettingError, match="these are smell data"):
        resolve_values(CATALOGUE, {"data": "smells"})


# ----------------------------------------------------------------- methods by name


@pytest.mark.parametrize(
    ("given", "family", "variant"),
    [
        ({"data": "clips", "objective": "features"}, "predictive", "features"),
        ({"data": "clips", "objective": "features", "variant": "next_frame"}, "predictive", "features"),
        ({"data": "shapes", "objective": "simclr"}, "contrastive", None),
        ({"data": "shapes", "objective": "simclr", "variant": "features"}, "contrastive", None),
        ({"data": "clips", "objective": "cpc"}, "cpc", None),
        ({"data": "clips", "objective": "predictive", "variant": "features"}, "predictive", "features"),
    ],
)
def test_a_method_stands_for_its_family_and_itself_as_the_variant(given, family, variant):
    values = resolve_values(CATALOGUE, given)
    assert (values["objective"], values.get("variant")) == (family, variant)
    assert chosen_objective(CATALOGUE, given) == chosen_objective(CATALOGUE, values)
    assert settings_for(CATALOGUE, given) == settings_for(CATALOGUE, values)
    assert resolve_values(CATALOGUE, values) == values


def test_a_family_wins_over_a_method_of_its_name():
    more = (objective("predictive", "cpc", ("video",), "ahead"), *CATALOGUE.objectives)
    changed = msgspec.structs.replace(CATALOGUE, objectives=more)
    assert method_named(changed, "predictive") is None
    assert chosen_objective(changed, {"data": "clips", "objective": "predictive"}).name == "next_frame"


# ----------------------------------------------------------------- variants


def test_a_variant_is_chosen_only_where_there_are_several():
    assert "variant" not in keys(data="shapes")
    assert "variant" not in keys(data="clips", objective="cpc")
    assert keys(data="clips") == ["horizon", "data", "objective", "variant", "lr"]
    assert keys(data="clips", variant="features") == ["momentum", "data", "objective", "variant", "lr"]


def test_the_first_is_the_default_until_another_is_chosen():
    found = named("variant", data="clips")
    assert (found.label, found.default, found.choices) == ("Method", "next_frame", ("next_frame", "features"))
    assert "About features." in found.help
    assert named("variant", data="clips", variant="features").default == "features"
    assert [entry.name for entry in variants(CATALOGUE, "predictive", "video")] == ["next_frame", "features"]


def test_values_say_which_variant_they_are_of():
    assert resolve_values(CATALOGUE, {"data": "clips"})["variant"] == "next_frame"
    values = resolve_values(CATALOGUE, {"data": "clips", "variant": "features"})
    assert (values["variant"], "momentum" in values, "horizon" in values) == ("features", True, False)
    assert resolve_values(CATALOGUE, values) == values


# ----------------------------------------------------------------- why not


@pytest.mark.parametrize(
    ("data", "absent"),
    [("shapes", {"cpc", "predictive"}), ("speech", {"contrastive", "predictive"}), ("clips", {"contrastive"})],
)
def test_objectives_that_do_not_fit_the_data_are_unavailable_with_a_reason(data, absent):
    found = named("objective", data=data)
    assert set(found.unavailable) == absent
    for family, why in found.unavailable.items():
        assert why.startswith(f"The {family} objective learns from ")
        assert why.endswith(f"take {' or '.join(families_for(CATALOGUE, dataset_entry(CATALOGUE, data).modality))}.")


def test_all_other_settings_stay_available():
    assert all(not each.unavailable for each in settings_for(CATALOGUE, {}) if each.key != "objective")


def test_entries_are_found_by_name():
    assert dataset_entry(CATALOGUE, "speech").modality == "audio"
    with pytest.raises(SettingError, match="no data set called 'sounds'"):
        dataset_entry(CATALOGUE, "sounds")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"seed": 5, "data_seed": 3}, 3),
        ({"seed": 5, "data_seed": 0}, 0),
        ({"seed": 5, "data_seed": -1}, 5),
        ({"seed": 5}, 5),
    ],
)
def test_the_seed_of_the_data_follows_the_seed_unless_it_is_set(values, expected):
    assert data_seed(values) == expected


def opens(name, *opened):
    """Return a data set of the user's own, with a path that opens ``opened``."""
    path = Setting(key="path", value_type="path", default="", label="", help="", group="", opens=opened)
    return dataset(name, "image", path)


OWN = msgspec.structs.replace(
    CATALOGUE, datasets=(*CATALOGUE.datasets, opens("pictures", "folder"), opens("arrays", ".npz", ".npy"))
)


def test_a_path_is_opened_by_the_data_set_that_fits_what_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "shapes").mkdir()
    (tmp_path / "x.NPZ").touch()
    assert data_named(OWN, "shapes") == {"data": "shapes"}
    assert data_named(OWN, "./shapes") == {"data": "pictures", "path": str(tmp_path / "shapes")}
    assert data_named(OWN, "mine") == {"data": "pictures", "path": str(tmp_path / "mine")}
    assert data_named(OWN, str(tmp_path / "x.NPZ")) == {"data": "arrays", "path": str(tmp_path / "x.NPZ")}


def test_what_is_neither_a_name_nor_a_path_is_refused_with_both(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.pt").touch()
    with pytest.raises(SettingError, match="no data set called 'mine' and nothing at this path; there are shapes, "):
        data_named(OWN, "mine")
    with pytest.raises(
        SettingError, match=r"x\.pt is no data set, and not a folder or a file ending in \.npz or \.npy"
    ):
        data_named(OWN, "x.pt")
    with pytest.raises(SettingError, match="nothing at this path"):
        data_named(OWN, "https://host/x.npz")
