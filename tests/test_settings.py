from __future__ import annotations

from pathlib import Path

import pytest

from celltrail.core.errors import SettingsError, UsageFault
from celltrail.settings import Settings, load_settings, write_setting


def test_without_a_file_the_defaults_are_in_force(tmp_path: Path) -> None:
    assert load_settings(None, {}) == load_settings(tmp_path, {}) == Settings()
    assert Settings().recording


def test_the_file_changes_defaults_and_the_environment_changes_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("recording = false\nbudget_fraction = 1\n")

    from_file = load_settings(tmp_path, {})
    from_both = load_settings(tmp_path, {"CELLTRAIL": "On", "CELLTRAIL_EXACT": "1"})

    assert (from_file.recording, from_file.budget_fraction) == (False, 1.0)
    assert (from_both.recording, from_both.exact) == (True, True)


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    assert load_settings(None, {"CELLTRAIL": "", "CELLTRAIL_EXACT": " "}) == Settings()


def test_a_setting_of_a_newer_celltrail_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("colour = 'red'\n[server]\nport = 1\n")

    assert load_settings(tmp_path, {}) == Settings()


@pytest.mark.parametrize(
    "text",
    [
        "recording = 'no'",
        "recording = 1",
        "budget_fraction = true",
        "budget_fraction = -0.1",
        "budget_fraction = nan",
        "output_text_limit = 1.5",
        "recording",
        "\xff",
    ],
)
def test_a_broken_file_says_what_and_where(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.toml").write_bytes(text.encode("latin-1"))

    with pytest.raises(SettingsError, match=r"settings\.toml") as raised:
        load_settings(tmp_path, {})

    assert raised.value.hint


def test_a_variable_that_is_neither_on_nor_off_is_an_error() -> None:
    with pytest.raises(SettingsError, match="CELLTRAIL to 'maybe'"):
        load_settings(None, {"CELLTRAIL": "maybe"})


def test_a_setting_is_written_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("# ours\nrecording = true  # always\n\n[server]\nrecording = 'x'\n")

    write_setting(tmp_path, "recording", False)
    write_setting(tmp_path, "budget_fraction", 0.05)

    assert file.read_text() == (
        "budget_fraction = 0.05\n# ours\nrecording = false\n\n[server]\nrecording = 'x'\n"
    )
    assert load_settings(tmp_path, {}) == Settings(recording=False, budget_fraction=0.05)
    assert list(tmp_path.iterdir()) == [file]


def test_a_key_of_a_table_is_not_taken_for_the_setting(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[server]\nrecording = 'x'\n")

    write_setting(tmp_path, "recording", False)

    assert load_settings(tmp_path, {}).recording is False
    assert "recording = 'x'" in (tmp_path / "settings.toml").read_text()


def test_a_wrong_setting_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="recordin"):
        write_setting(tmp_path, "recordin", False)
    with pytest.raises(SettingsError, match="true or false"):
        write_setting(tmp_path, "recording", 3)

    assert list(tmp_path.iterdir()) == []
