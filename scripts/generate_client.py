"""Generate the client package from openapi.yaml; `generated/` is replaced whole, or not at all."""

import argparse
import contextlib
import ctypes
import io
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import jinja2
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

SCRIPTS = Path(__file__).resolve().parent
ROOT = SCRIPTS.parent
TEMPLATES = SCRIPTS / "templates"
OPERATION = ("/api/links/", "patch", "resume")
STATUSES = ("200", "400", "401", "428", "500")
METADATA = ("title", "version", "summary", "license.identifier", "contact.name")
AT_FDCWD, RENAME_EXCHANGE = -100, 2


class GenerationError(Exception):
    """Says in one sentence why there is no client, where the reason lies, and what to do."""


class Places(Protocol):
    """Where the contract is read and where the client lies."""

    spec: Path
    output: Path


def main() -> int:
    """Replace the generated package by a fresh one."""
    places = parse_places(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with fresh_client(places.spec, beside=places.output) as fresh:
            put_in_place(fresh, places.output)
    except GenerationError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"generate: interrupted; {places.output.name}/ is whole.", file=sys.stderr)
        return 130
    return 0


def parse_places(description: str | None) -> Places:
    """Read from the command line where the contract and the client lie."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--spec", type=Path, default=ROOT / "openapi.yaml", help="the contract")
    parser.add_argument("--output", type=Path, default=ROOT / "generated", help="the folder of the client")
    return parser.parse_args(namespace=argparse.Namespace())


@contextlib.contextmanager
def fresh_client(spec: Path, *, beside: Path | None = None) -> Iterator[Path]:
    """Generate the client into a folder that lives as long as the block, on the file system of `beside`."""
    document = read_contract(spec)
    parent = beside.absolute().parent if beside else None
    with tempfile.TemporaryDirectory(prefix=".generated-", dir=parent, ignore_cleanup_errors=True) as scratch:
        # One level down, because a temporary folder itself is readable by its owner only.
        output = Path(scratch, "generated")
        _build(document, spec, output)
        _copy_licence(output)
        _run_ruff(output, "check", "--fix", "--quiet", "--no-cache", "--no-respect-gitignore")
        _run_ruff(output, "format", "--quiet", "--no-cache", "--no-respect-gitignore")
        yield output


def read_contract(spec: Path) -> dict[str, Any]:
    """Read openapi.yaml and see that the operation and its five responses are still there."""
    try:
        document = YAML(typ="safe", pure=True).load(spec.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GenerationError(f"{spec} is missing; restore it, for example with `git checkout {spec.name}`.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise GenerationError(f"{spec} cannot be read ({_one_line(error)}); mend the file.") from None
    except YAMLError as error:
        raise GenerationError(f"{spec} is not YAML ({_one_line(error)}); mend that place.") from None
    if not isinstance(document, dict):
        raise GenerationError(f"{spec} holds no OpenAPI document; its top level has to be a mapping.")
    path, method, name = OPERATION
    place: object = document
    for key in ("paths", path, method, "responses"):
        place = place.get(key) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise GenerationError(f"{spec} declares no {method.upper()} {path} with responses ({name}); put it back.")
    for status in STATUSES:
        if status not in place:
            raise GenerationError(f"{spec} declares no response {status} of {method.upper()} {path}; put it back.")
    for name in METADATA:
        place = document.get("info")
        for key in name.split("."):
            place = place.get(key) if isinstance(place, dict) else None
        if not isinstance(place, str):
            raise GenerationError(f"{spec} declares no info.{name}, which the package is described by; put it back.")
    return document


def put_in_place(fresh: Path, output: Path) -> None:
    """Let `fresh` take the place of `output` in one step; what was there goes to where `fresh` was."""
    if not output.exists():
        fresh.rename(output)
        return
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    if exchange and exchange(AT_FDCWD, os.fsencode(fresh), AT_FDCWD, os.fsencode(output), RENAME_EXCHANGE) == 0:
        return
    # No such call on this system or file system: two renames, the first taken back if the second fails.
    old = fresh.with_name("old")
    output.rename(old)
    try:
        fresh.rename(output)
    except BaseException:
        old.rename(output)
        raise


def _build(document: dict[str, Any], spec: Path, output: Path) -> None:
    config = Config.from_sources(
        ConfigFile.load_from_path(SCRIPTS / "client_config.yaml"),
        meta_type=MetaType.UV,
        document_source=spec,
        file_encoding="utf-8",
        overwrite=False,
        output_path=output,
    )
    contract = GeneratorData.from_dict(_open(document), config=config)
    if isinstance(contract, GeneratorError):
        raise _refusal(spec, contract)
    project = Project(openapi=contract, config=config)
    upstream = jinja2.PackageLoader("openapi_python_client")
    overrides = jinja2.FileSystemLoader(TEMPLATES)
    project.env.loader = jinja2.ChoiceLoader([overrides, jinja2.PrefixLoader({"upstream": upstream}), upstream])
    project.env.filters["replace"] = _replace
    project.env.globals["spec"] = document
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            errors = project.build()
    except jinja2.TemplateError as error:
        raise GenerationError(f"{spec} lacks what a template needs ({_one_line(error)}); mend it or them.") from None
    if errors:  # warnings too: what upstream only warns of is missing from the client
        raise _refusal(spec, errors[0])


def _open(node: Any) -> Any:
    """Leave out lists of values: a caller has to read, and write back, the value that a service adds to one."""
    if isinstance(node, dict):
        return {key: _open(value) for key, value in node.items() if key != "enum" or not isinstance(value, list)}
    return [_open(item) for item in node] if isinstance(node, list) else node


@jinja2.pass_context
def _replace(context: jinja2.runtime.Context, text: str, old: str, new: str) -> str:
    """Replace like Jinja's own filter, but never nothing: an override whose anchor is gone stops the generation."""
    if old not in text:
        raise GenerationError(
            f"scripts/templates/{context.name} replaces {old!r}, which no longer stands in the template of "
            "openapi-python-client that it wraps; adapt the override to the installed version."
        )
    return text.replace(old, new)


def _refusal(spec: Path, error: GeneratorError) -> GenerationError:
    told = " ".join(filter(None, (error.header.rstrip(": "), error.detail)))
    return GenerationError(f"{spec} is not what openapi-python-client can read ({_one_line(told)}); mend that place.")


def _copy_licence(output: Path) -> None:
    try:
        shutil.copyfile(ROOT / "LICENSE", output / "LICENSE")
    except OSError as error:
        raise GenerationError(f"LICENSE, which the client carries, cannot be read ({_one_line(error)}).") from None


def _run_ruff(output: Path, *arguments: str) -> None:
    ruff = str(Path(sysconfig.get_path("scripts"), "ruff"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUFF_")}
    command = [ruff, *arguments, "--config", "pyproject.toml", "."]
    try:
        run = subprocess.run(command, cwd=output, env=environment, capture_output=True, text=True, check=False)
    except OSError:
        raise GenerationError(f"ruff is missing at {ruff}; run `make install`.") from None
    if run.returncode:
        raise GenerationError(f"`ruff {arguments[0]}` refuses the client: {_one_line(run.stdout + run.stderr)}.")


def _one_line(told: object) -> str:
    return " ".join(str(told).split())


if __name__ == "__main__":
    sys.exit(main())
