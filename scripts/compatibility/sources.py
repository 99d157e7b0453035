"""Where a contract is read from: a file, a git revision, or a wheel of the client."""

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from posixpath import join

from compatibility.document import Document, IncomparableError
from contract_tests.contract.errors import ContractError
from contract_tests.contract.files import read_files
from contract_tests.contract.source import text_of

IN_THE_WHEEL = "links_api_client"


def from_file(path: Path) -> Document:
    """Read a contract that is a file."""
    return _read(str(path), path.name, lambda name: text_of(path.parent / name))


def from_git(spec: Path, revision: str) -> Document:
    """Read the contract as it was at a revision of the repository that it lies in."""
    return _read(revision, spec.name, lambda name: git(spec, "show", f"{revision}:./{name}"))


def from_wheel(path: Path, name: str) -> Document:
    """Read the contract that a wheel of the client carries."""

    def read(name: str) -> str:
        try:
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(join(IN_THE_WHEEL, name)).decode()
        except KeyError:
            raise IncomparableError(
                f"{path} carries no {IN_THE_WHEEL}/{name}, as older clients do; name a file or a git revision."
            ) from None
        except (OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:
            raise IncomparableError(f"{path} cannot be read ({error}); name a wheel of the client.") from None

    return _read(str(path), name, read)


def _read(source: str, main: str, read: Callable[[str], str]) -> Document:
    try:
        return Document(source, read_files(main, read))
    except ContractError as error:
        raise IncomparableError(f"{source} cannot be read: {error}") from None


def named(spec: Path, against: str) -> Document:
    """Read what --against names: a wheel, a file, or else a git revision."""
    path = Path(against)
    if path.suffix == ".whl":
        return from_wheel(path, spec.name)
    if path.exists():
        return from_file(path)
    try:
        git(spec, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{against}^{{commit}}")
    except IncomparableError:
        raise IncomparableError(
            f"{against} cannot be read: it is neither a file nor a git revision; name one, or a wheel."
        ) from None
    return from_git(spec, against)


def last_release(spec: Path) -> str:
    """Return the last `v*` tag that the repository has come from, or nothing."""
    if not git(spec, "tag", "--list", "v[0-9]*", "--merged"):
        return ""
    return git(spec, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*").strip()


def git(spec: Path, *arguments: str) -> str:
    """Run git where the contract lies."""
    try:
        command = ["git", *arguments]
        return subprocess.run(command, cwd=spec.parent, capture_output=True, encoding="utf-8", check=True).stdout
    except (OSError, UnicodeDecodeError):
        raise IncomparableError("git cannot be run; name the released contract with --against FILE.") from None
    except subprocess.CalledProcessError as error:
        details = " ".join(error.stderr.split())
        raise IncomparableError(
            f"git does not have the released contract ({details}); name it with --against FILE."
        ) from None
