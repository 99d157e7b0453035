"""Where the contract and the client are: beside the package in the project, inside it where it is installed."""

from pathlib import Path

PACKAGE = Path(__file__).parent.parent
HOME = PACKAGE if (PACKAGE / "openapi.yaml").is_file() else PACKAGE.parent
OPENAPI = HOME / "openapi.yaml"
GENERATED = HOME / "generated"
