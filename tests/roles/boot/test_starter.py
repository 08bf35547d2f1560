"""The starter site."""

import pytest

from roles.boot.starter import SiteExists, write_starter


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "defaults"
    (folder / "setupfiles").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "preferences.yaml").write_text("# all optional\n")
    (folder / "setupfiles" / "initialization.xml").write_text("<root/>\n")
    return folder


def test_every_file_is_written_and_named(source, tmp_path):
    root = tmp_path / "site"
    written = write_starter(source, root)
    assert written == [root / "preferences.yaml", root / "setupfiles" / "initialization.xml"]
    assert (root / "setupfiles" / "initialization.xml").read_text() == "<root/>\n"


def test_an_existing_file_is_named_and_nothing_is_written(source, tmp_path):
    root = tmp_path / "site"
    root.mkdir()
    (root / "preferences.yaml").write_text("mine")
    with pytest.raises(SiteExists) as caught:
        write_starter(source, root)
    assert caught.value.files == (root / "preferences.yaml",)
    assert (root / "preferences.yaml").read_text() == "mine"
    assert not (root / "setupfiles").exists()
