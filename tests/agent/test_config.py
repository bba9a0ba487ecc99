"""A broken settings file names the file, the key and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutelage_agent.config import read_config
from tutelage_agent.errors import ConfigError


def write(tmp_path, text):
    path = tmp_path / "agent.toml"
    path.write_text(text)
    return path


def test_every_setting_is_read(tmp_path):
    config = read_config(
        write(
            tmp_path,
            'state_folder = "/tmp/x"\n[files]\nfolders = ["/home/a"]\nrescan_every = 60\n'
            "[spool]\nmax_bytes = 1000\n",
        )
    )
    assert config.state_folder == Path("/tmp/x")
    assert config.files.folders == (Path("/home/a"),)
    assert (config.files.rescan_every, config.spool.max_bytes) == (60.0, 1000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[files]\nfolder = []\n", r"files\.folder: not a setting; known here: .*folders"),
        ("colour = 1\n", "colour: not a setting"),
        ("[spool]\nmax_bytes = 'a lot'\n", r"spool\.max_bytes: 'a lot' will not do.*whole number"),
        ("[spool]\nmax_bytes = -1\n", r"spool\.max_bytes: -1 will not do"),
        ("[posture]\ncheap_every = true\n", r"posture\.cheap_every: True will not do"),
        ("[files]\nfolders = 'x'\n", r"files\.folders: 'x' will not do.*list of paths"),
        ("spool = 3\n", "spool: must be a table"),
        ("state_folder = ''\n", "state_folder: '' will not do"),
        ("not toml", "not TOML"),
    ],
)
def test_a_broken_setting_is_named_with_what_would_do(tmp_path, text, said):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=said) as caught:
        read_config(path)
    assert str(path) in str(caught.value)


def test_a_settings_file_that_was_named_must_exist(tmp_path):
    with pytest.raises(ConfigError, match="no such settings file"):
        read_config(tmp_path / "other.toml")
