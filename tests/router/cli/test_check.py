"""`wampi check`."""

import json
from pathlib import Path

from support.configuration import small_configuration
from support.node import wampi


def test_a_good_configuration_is_ok(tmp_path: Path) -> None:
    file = tmp_path / "node.json"
    file.write_text(json.dumps(small_configuration()))
    done = wampi("check", str(file), data=tmp_path / "data")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file}: OK\n", "")
    assert not (tmp_path / "data").exists()


def test_every_problem_is_a_line_and_the_status_is_1(tmp_path: Path) -> None:
    configuration = small_configuration()
    transport = configuration["workers"][0]["transports"][0]
    del transport["endpoint"]["interface"]
    transport["auth"]["anonymous"]["role"] = "\x1b[31mred\n"
    file = tmp_path / "node.json"
    file.write_text(json.dumps(configuration))
    done = wampi("check", str(file), data=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{file}: workers[0].transports[0].") and line.isprintable() for line in lines)


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    done = wampi("check", str(tmp_path / "none.json"), data=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"wampi check: {tmp_path}/none.json: No such file or directory\n"


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    done = wampi("check", str(tmp_path), data=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"wampi check: {tmp_path}: Is a directory\n"
