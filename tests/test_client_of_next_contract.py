"""A contract that grows is generated from without a change to the templates, and its client is as strict."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import generate_client
import pytest
import yaml

ROOT = Path(__file__).parent.parent
NEW_FIELDS = {
    "refreshable": {"type": "boolean"},
    "score": {"type": "number"},
    "accountIds": {"type": "array", "items": {"type": "string", "format": "uuid"}},
    "opened_on": {"type": ["string", "null"], "format": "date-time"},
    "owner": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    "grade": {"type": "string", "enum": ["a", "b"]},
    "anything": {},
    "secret_answer": {"type": "string", "writeOnly": True},
}
READ = """
import json, sys, httpx
from links_api_client import InvalidBody, basic_auth_client
from links_api_client.api.links import resume
from links_api_client.models import Link, ResumeRequest

def read(**changes):
    answer = {**json.loads(sys.argv[1]), **changes}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    with basic_auth_client("http://h.test", "id", "pw", httpx_args={"transport": transport}) as client:
        try:
            link = resume.sync_or_raise(client=client, body=ResumeRequest("s", "t", "l"))
        except InvalidBody as error:
            return str(error)
        assert link.to_dict() == answer, link.to_dict()
        assert "hush" not in repr(link)
        return "read"

print(read())
print(read(refreshable=True, score=1, accountIds=["39cd6a88-8ee3-4e59-a861-b8a2187e0f4c"], owner=5))
print(read(opened_on=None, owner="o", anything={"a": [1]}, secret_answer="hush"))
print(read(grade="a value of next year"))
print(read(refreshable=1))
print(read(score="1"))
print(read(score=True))
print(read(accountIds=["39cd6a88"]))
print(read(opened_on="soon"))
"""


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    """The contract with optional fields of every kind it did not have."""
    spec: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    spec["components"]["schemas"]["Link"]["properties"] |= NEW_FIELDS
    return spec


def test_new_optional_fields_are_read_and_checked(tmp_path: Path, spec: dict[str, Any]) -> None:
    """An optional field may be absent, is checked and written back; a secret one stays out of repr, a new value in."""
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    with generate_client.fresh_client(tmp_path / "openapi.yaml", beside=tmp_path / "generated") as fresh:
        fresh.rename(tmp_path / "generated")
    example = spec["components"]["responses"]["Ok"]["content"]["application/json"]["examples"]["registeredOnce"][
        "value"
    ]

    command = [sys.executable, "-c", READ, json.dumps(example)]
    environment = {"PYTHONPATH": str(tmp_path / "generated")}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        "read",
        "read",
        "read",
        "read",
        "200: $.refreshable is not of type bool",
        "200: $.score is not of type float",
        "200: $.score is not of type float",
        "200: $.accountIds[0] is not of type UUID",
        "200: $.opened_on is not of type datetime",
    ]
