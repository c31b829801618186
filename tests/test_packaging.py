"""What installing gives: the startup file in its place, the command, the papermill engine."""

from __future__ import annotations

import ast
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STARTUP = ROOT / "ipython-startup" / "50-celltrail.py"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def test_startup_file_is_one_expression_that_binds_nothing():
    (statement,) = ast.parse(STARTUP.read_text("utf-8")).body

    assert isinstance(statement, ast.Expr)
    assert not any(isinstance(node, ast.NamedExpr) for node in ast.walk(statement))


def test_startup_file_does_nothing_where_celltrail_is_not_importable():
    """An environment may keep the file after its package is gone."""
    code = f"n = {{}}; exec(open({str(STARTUP)!r}).read(), n); assert set(n) == {{'__builtins__'}}"

    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_startup_file_does_nothing_outside_a_kernel(tmp_path):
    code = (
        f"n = {{}}; exec(open({str(STARTUP)!r}).read(), n); assert set(n) == {{'__builtins__'}};"
        "import sys; assert 'celltrail.capture.hooks' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_startup_file_of_this_environment_is_the_one_in_the_source():
    """An editable install copies it: run `make env` when this fails."""
    installed = Path(sys.prefix) / "etc" / "ipython" / "startup" / STARTUP.name

    assert installed.read_text("utf-8") == STARTUP.read_text("utf-8")


def test_wheel_holds_package_startup_file_and_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    about = f"{'-'.join(wheel.name.split('-')[:2])}"

    assert f"{about}.data/data/etc/ipython/startup/{STARTUP.name}" in names
    assert f"{about}.data/data/etc/jupyter/jupyter_server_config.d/celltrail.json" in names
    assert f"{about}.dist-info/licenses/LICENSE" in names
    assert "celltrail/py.typed" in names
    assert "celltrail/pipeline/engine.py" in names
    assert [name for name in names if name.startswith(("tests", "benchmarks", "notebooks"))] == []


def test_installed_wheel_puts_the_startup_file_into_force(wheel, tmp_path):
    venv.create(tmp_path, with_pip=False)
    python = tmp_path / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]

    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True)

    assert (tmp_path / "etc" / "ipython" / "startup" / STARTUP.name).is_file()
    assert (tmp_path / "bin" / "celltrail").is_file()
