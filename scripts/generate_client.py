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
from answer_checks import checks_of
from client_document import prepare, secrets_of
from client_outcomes import endpoints_of, outcome_of, read_through_checks
from client_parser import parse
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.strings import ClassName
from read_contract import UnusableError, read_contract

from contract_tests.contract.errors import ContractError

SCRIPTS = Path(__file__).resolve().parent
ROOT = SCRIPTS.parent
TEMPLATES = SCRIPTS / "templates"
AT_FDCWD, RENAME_EXCHANGE = -100, 2


class GenerationError(Exception):
    """Says in one sentence why there is no client, where the reason lies, and what to do."""


class CompiledTemplates(jinja2.BytecodeCache):
    """Keeps each template as it is compiled: whoever generates several clients in one process compiles it once."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Give a template what was compiled of its text, if anything was."""
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Keep what was compiled."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


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
    parent = beside.absolute().parent if beside else None
    with tempfile.TemporaryDirectory(prefix=".generated-", dir=parent, ignore_cleanup_errors=True) as scratch:
        # One level down, because a temporary folder itself is readable by its owner only.
        output = Path(scratch, "generated")
        try:
            _build(spec, output)
        except UnusableError as error:
            raise GenerationError(f"{spec}{error}.") from None
        except ContractError as error:
            raise GenerationError(f"{spec} cannot be read: {error}") from None
        _copy_licence(output)
        _run_ruff(output, "check", "--fix", "--quiet", "--no-cache", "--no-respect-gitignore")
        _run_ruff(output, "format", "--quiet", "--no-cache", "--no-respect-gitignore")
        yield output


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


def _build(spec: Path, output: Path) -> None:
    document = read_contract(spec)
    checks = checks_of(document, prepare(document))
    config = Config.from_sources(
        ConfigFile.load_from_path(SCRIPTS / "client_config.yaml"),
        meta_type=MetaType.UV,
        document_source=spec,
        file_encoding="utf-8",
        overwrite=False,
        output_path=output,
    )
    contract = parse(document, config)
    read_through_checks(contract, config)
    project = Project(openapi=contract, config=config)
    upstream = jinja2.PackageLoader("openapi_python_client")
    overrides = jinja2.FileSystemLoader(TEMPLATES)
    project.env.bytecode_cache = COMPILED
    project.env.loader = jinja2.ChoiceLoader([overrides, jinja2.PrefixLoader({"upstream": upstream}), upstream])
    project.env.filters |= {"replace": _replace, "outcome": lambda endpoint: outcome_of(endpoint, config)}
    project.env.globals |= {"spec": document, "checks": checks, **_names(document, project)}
    with contextlib.redirect_stdout(io.StringIO()):
        project.build()
    reading = project.env.get_template("reading.py.jinja").render()
    Path(project.package_dir, "reading.py").write_text(reading, "utf-8")


def _names(document: dict[str, Any], project: Project) -> dict[str, Any]:
    """Return what the templates say, besides the document, of all operations together."""
    endpoints = endpoints_of(project.openapi)
    outcomes = [outcome_of(endpoint, project.config) for endpoint in endpoints]
    schemes = document.get("components", {}).get("securitySchemes", {}).values()
    failures = dict.fromkeys(failure for outcome in outcomes for failure in outcome.failures)
    return {
        "endpoints": endpoints,
        "base_error": f"{ClassName(project.package_name.removesuffix('_client'), '')}Error",
        "failures": " | ".join(failures) or "None",
        "failure_imports": sorted({line for outcome in outcomes for line in outcome.imports}),
        "secrets": secrets_of(document),
        "has_basic_auth": any(str(scheme.get("scheme")).lower() == "basic" for scheme in schemes),
        "has_headers": any(outcome.headers for outcome in outcomes),
        "has_text": any(one.source["return_type"] == "str" for endpoint in endpoints for one in endpoint.responses),
    }


@jinja2.pass_context
def _replace(context: jinja2.runtime.Context, text: str, old: str, new: str) -> str:
    """Replace like Jinja's own filter, but never nothing: an override whose anchor is gone stops the generation."""
    if old not in text:
        raise GenerationError(
            f"scripts/templates/{context.name} replaces {old!r}, which no longer stands in the template of "
            "openapi-python-client that it wraps; adapt the override to the installed version."
        )
    return text.replace(old, new)


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
