"""What is expected of each fault: the response it is attributed to, the check that names it first, its witness.

The tables are read by people as much as by tests: a fault that moves from one place to another changes the suite.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract_tests.contract.clauses import response_of
from contract_tests.contract.document import Contract
from tests.faulty_servers.derived import Derived
from tests.faulty_servers.served import BASIC, REQUEST, Fault

SHARED_CLAUSES = {
    BASIC: "401",
    REQUEST: "400",
    "/components/schemas/Link": "200",
    "/components/schemas/Error": "400",
    "/components/schemas/TokenRequired": "428",
}
"""The response that is wrong where a fault breaks a clause which is part of no response."""

BLAMES: dict[tuple[str | None, str], tuple[str, ...]] = {
    ("200", "expected in place of the 400 or 428 to a right token"): (
        "pauses-one-link-only",
        "ends-all-sessions-on-a-wrong-token",
        "ends-all-sessions-on-success",
    ),
    ("200", "expected in place of an undeclared status"): ("redirects-to-itself", "answers-without-a-body"),
    ("200", "written wrongly by itself"): (
        "writes-nan-among-other-fields",
        "writes-a-name-twice",
        "writes-a-warning-after-the-value",
        "writes-nothing",
    ),
    ("400", "expected in place of a failure"): (
        "fails-on-what-is-not-json",
        "fails-on-an-empty-body",
        "fails-on-deep-nesting",
        "fails-on-what-is-not-utf8",
        "fails-on-what-is-no-object",
        "fails-on-another-media-type",
        "fails-on-a-number",
        "fails-on-a-null-token",
        "fails-on-containers",
        "fails-on-a-malformed-uuid",
        "fails-on-a-missing-link",
        "fails-on-a-race",
        "fails-on-unknown-sessions",
        "fails-on-upper-case-uuids",
        "fails-on-other-fields",
        "fails-on-other-fields-of-a-bad-body",
        "fails-on-a-fraction",
        # The one request that it fails on is a malformed one.
        "fails-the-twentieth-time",
    ),
    ("400", "expected in place of an undeclared status"): (
        "answers-other-media-types-with415",
        "answers-invalid-fields-with422",
        "answers-a-malformed-link-with404",
        "answers-a-race-with409",
        "answers-unknown-sessions-with404",
        "answers-spent-sessions-with409",
        "answers-the-link-of-another-with403",
    ),
    ("400", "written wrongly by itself"): ("writes-a-name-of-an-error-twice", "writes-json-twice"),
    ("401", "expected in place of a failure"): (
        "fails-on-no-credentials",
        "fails-on-an-empty-header",
        "fails-on-bad-base64",
        "fails-on-no-colon",
        "fails-on-credentials-that-are-not-utf8",
    ),
    ("401", "expected in place of an undeclared status"): (
        "answers-wrong-credentials-with403",
        "hides-behind404",
        "redirects-to-a-login-page",
    ),
    ("428", "expected in place of the 200 to a wrong token"): (
        "accepts-any-token",
        "accepts-a-prefix-of-the-token",
        "accepts-a-token-with-a-suffix",
        "ignores-the-case-of-the-token",
        "accepts-any-following-token",
    ),
    ("428", "expected in place of a failure"): (
        "fails-on-wrong-tokens",
        "fails-on-nul",
        "fails-on-a-lone-surrogate",
        "fails-on-emoji",
        "fails-on-what-is-not-latin",
        "fails-on-a-huge-token",
        "fails-on-accents",
        "fails-on-a-single-digit",
    ),
    ("428", "expected in place of an undeclared status"): (
        "answers-wrong-tokens-with403",
        "answers-a-large-token-with413",
    ),
    ("428", "written wrongly by itself"): (
        "writes-a-byte-order-mark-now-and-then",
        "writes-nan",
        "says-text-of-a428",
    ),
    ("500", "expected in place of an undeclared status"): ("fails-with503",),
    (None, "disclosed, whatever the answer"): (
        "repeats-the-token",
        "repeats-the-token-in-base64",
        "repeats-the-token-in-a-url",
        "repeats-the-token-in-a-header",
        "repeats-the-token-as-its-value",
        "repeats-the-right-token",
        "repeats-the-token-of-a-failure",
        "repeats-the-token-of-a-malformed-body",
        "repeats-a-body-that-is-not-json",
        "repeats-the-wrong-password",
        "repeats-the-authorization-header",
        "tells-the-right-password",
        "shows-the-password-with-the-link",
        "shows-a-python-trace",
        "shows-a-python-trace-of-a-bad-request",
        "shows-a-java-trace",
        "shows-a-node-trace",
        "shows-a-go-trace",
        "shows-a-dot-net-trace",
        "shows-a-php-trace",
        "shows-a-ruby-trace",
        "shows-a-trace-in-a-header",
        "shows-a-trace-among-other-fields",
    ),
}
"""Faults whose response is another than that of the clause they break, by that response and the reason."""

EXIT_CODES = {
    # What looks like a setting that is wrong is asked about, and nobody is blamed for it.
    "accepts-no-token": 7,
    "redirects-to-another-host": 7,
    # Something did come, and it was no answer.
    "speaks-no-http": 1,
}
"""Faults that end otherwise than they say themselves."""

TWO_BY_NATURE: dict[str, str] = {}
"""Faults that are two causes, each with the reason."""


def exit_code_of(fault: Fault) -> int:
    """Return the exit code that a run against a fault ends with."""
    return EXIT_CODES.get(fault.name, fault.exit_code)


def count_of_causes(fault: Fault) -> int:
    """Return how many causes a fault is told as: one, but for what looks like a setting, and what is two by nature."""
    return 0 if exit_code_of(fault) == 7 else 2 if fault.name in TWO_BY_NATURE else 1


def response_to_fix(fault: Fault, contract: Contract) -> str | None:
    """Return the declared response that a fault is to be attributed to; None where it is the operation as a whole."""
    if isinstance(fault, Derived):
        return str(fault.change.status)
    for (response, _), names in BLAMES.items():
        if fault.name in names:
            return response
    shared = (response for clause, response in SHARED_CLAUSES.items() if f"{fault.breaks}/".startswith(f"{clause}/"))
    return response_of(contract, fault.breaks) or next(shared, None)


# The file of its response names every derived fault, and in it the first check that comes to such an answer.
DERIVED_FIRST = {
    "200": "test_200_ok.py::test_right_token_completes_the_link",
    "400": "test_400_bad_request.py::test_malformed_bodies_are_refused",
    "401": "test_401_unauthorized.py::test_unacceptable_credentials_are_refused",
    "428": "test_428_mfa_token_required.py::test_wrong_tokens_are_not_accepted",
    "500": "test_500_unexpected_error.py::test_failing_institution_is_answered_500",
}

DISCLOSURE = "test_disclosure.py::test_no_answer_discloses_a_secret"
PREFLIGHT = "preflight"

FIRST: dict[str, tuple[str, ...]] = {
    # Before any check a run looks at whether there is anything to judge, and ends there where there is not.
    PREFLIGHT: (
        "accepts-no-token",
        "no-answer",
        "resets",
        "hangs",
        "hangs-within-the-body",
        "drips",
        "redirects-to-another-host",
    ),
    "test_200_ok.py::test_right_token_completes_the_link": (
        "closes-after-the-second-answer",
        "leaves-out-nulls",
        "writes-uuids-without-hyphens",
        "writes-times-without-zone",
        "writes-local-times",
        "writes-days-that-there-are-not",
        "writes-null-as-a-word",
        "answers-with-a-fresh-id",
        "answers-with-the-session",
        "asks-a-second-factor-for-another-link",
        "broken-answer",
        "resets-within-the-body",
        "ends-too-early",
        "ends-within-a-chunk",
        "says-more-than-it-declares",
        "speaks-no-http",
        "sends-endless-headers",
        "sends-a-large-body",
        "sends-a-bomb",
        "says-it-is-packed",
        "cuts-what-it-packs",
        "redirects-to-itself",
        "answers-without-a-body",
        "writes-a-second-value",
        "writes-a-byte-order-mark",
        "writes-nan-among-other-fields",
        "writes-a-name-twice",
        "writes-latin1",
        "writes-latin1-without-saying-so",
        "writes-utf16",
        "writes-python",
        "writes-a-callback",
        "writes-a-warning-after-the-value",
        "writes-nothing",
        "says-no-media-type",
        "says-html",
        "says-vendor-json",
    ),
    "test_200_ok.py::test_each_link_is_answered_with_its_own_id": (
        "answers-with-the-newest-link",
        "pauses-one-link-only",
        "ends-all-sessions-on-success",
        "loses-the-third-link",
        "mixes-two-links",
    ),
    "test_400_bad_request.py::test_malformed_bodies_are_refused": (
        "accepts-any-media-type",
        "accepts-no-media-type",
        "accepts-plain-text",
        "accepts-forms",
        "accepts-trailing-garbage",
        "reads-yaml",
        "accepts-trailing-commas",
        "mends-cut-bodies",
        "reads-what-is-not-utf8",
        "unwraps-lists",
        "unwraps-strings",
        "takes-an-empty-body-for-a-wrong-token",
        "fails-on-what-is-not-json",
        "fails-on-an-empty-body",
        "fails-on-deep-nesting",
        "fails-on-what-is-not-utf8",
        "fails-on-what-is-no-object",
        "fails-on-another-media-type",
        "fails-on-a-fraction",
        "answers-other-media-types-with415",
        "answers-invalid-json-with-a-page",
        "forgets-the-link",
        "takes-a-null-link-for-none",
        "ignores-a-malformed-link",
        "takes-the-last-session",
        "finds-a-uuid-anywhere",
        "completes-uuids",
        "takes-the-first-of-a-list",
        "takes-a-missing-token-for-a-wrong-one",
        "takes-a-null-token-for-a-wrong-one",
        "takes-an-empty-token-for-a-wrong-one",
        "accepts-an-empty-token",
        "turns-numbers-into-tokens",
        "turns-booleans-into-tokens",
        "turns-lists-into-tokens",
        "turns-objects-into-tokens",
        "fails-on-a-number",
        "fails-on-a-null-token",
        "fails-on-containers",
        "fails-on-a-malformed-uuid",
        "fails-on-a-missing-link",
        "answers-invalid-fields-with422",
        "answers-a-malformed-link-with404",
        "lists-errors-by-field",
        "nests-the-errors",
        "forgets-the-code-of-the-second-error",
        "names-errors-by-number-now-and-then",
        "fails-the-twentieth-time",
        "stands-behind-a-bad-gateway",
        "writes-a-name-of-an-error-twice",
        "writes-json-twice",
        "says-problem-json",
    ),
    "test_400_bad_request.py::test_no_session_is_not_the_newest": ("takes-the-session-just-paused",),
    "test_400_bad_request.py::test_unknown_sessions_are_refused": (
        "finds-the-session-by-its-link",
        "compares-half-of-a-session",
        "invents-unknown-sessions",
        "accepts-unknown-sessions",
        "answers-unknown-sessions-with404",
        "fails-on-unknown-sessions",
    ),
    "test_400_bad_request.py::test_spent_sessions_are_refused": (
        "never-spends-a-session",
        "resumes-twice",
        "resumes-again-for-a-second",
        "repeats-its-answer",
        "answers-spent-sessions-with409",
        "asks-again-for-a-spent-session",
        "spends-the-text-of-a-session",
        "fails-on-upper-case-uuids",
    ),
    "test_400_bad_request.py::test_sessions_of_another_link_are_refused": (
        "ignores-the-link",
        "believes-the-link",
        "knows-the-link-of-another",
        "answers-the-link-of-another-with403",
        "ignores-the-link-in-upper-case",
    ),
    "test_400_bad_request.py::test_sessions_of_an_unknown_link_are_refused": ("believes-unknown-links",),
    "test_400_bad_request.py::test_encodings_of_uuids_do_no_harm": ("writes-the-id-as-it-was-sent",),
    "test_400_bad_request.py::test_one_of_ten_resumes_at_once_wins": (
        "has-two-winners",
        "fails-on-a-race",
        "answers-a-race-with409",
    ),
    "test_400_bad_request.py::test_hostile_tokens_do_no_harm": (
        "answers-a-large-token-with413",
        "fails-on-nul",
        "fails-on-a-lone-surrogate",
        "fails-on-accents",
        "fails-on-emoji",
        "fails-on-what-is-not-latin",
        "fails-on-a-huge-token",
        "accepts-any-token",
        "accepts-any-following-token",
        "answers-wrong-tokens-with401",
        "answers-wrong-tokens-with403",
        "fails-on-wrong-tokens",
        "forgets-the-link-of-the-second-answer",
        "writes-a-byte-order-mark-now-and-then",
        "writes-nan",
        "says-text-of-a428",
    ),
    "test_401_unauthorized.py::test_unacceptable_credentials_are_refused": (
        "accepts-any-credentials",
        "accepts-any-pair",
        "accepts-no-credentials",
        "accepts-an-empty-header",
        "checks-only-the-id",
        "checks-only-the-password",
        "ignores-the-case-of-the-password",
        "accepts-a-prefix-of-the-password",
        "accepts-a-password-with-a-suffix",
        "compares-eight-characters",
        "accepts-an-empty-password",
        "accepts-swapped-secrets",
        "accepts-any-scheme",
        "accepts-any-bearer",
        "accepts-unencoded-credentials",
        "accepts-bad-base64",
        "accepts-no-colon",
        "replaces-what-is-not-utf8",
        "authenticates-a-connection-once",
        "remembers-the-id",
        "takes-a-session-for-credentials",
        "looks-for-the-session-before-it-authenticates",
        "fails-on-no-credentials",
        "fails-on-an-empty-header",
        "fails-on-bad-base64",
        "fails-on-no-colon",
        "fails-on-credentials-that-are-not-utf8",
        "answers-missing-credentials-with400",
        "answers-malformed-credentials-with400",
        "answers-wrong-credentials-with403",
        "hides-behind404",
        "redirects-to-a-login-page",
        "refuses-with-a-detail",
        "refuses-missing-credentials-with-a-page",
        "refuses-malformed-credentials-in-plain-text",
    ),
    "test_401_unauthorized.py::test_credentials_are_judged_before_the_body": (
        "validates-before-it-authenticates",
        "parses-before-it-authenticates",
        "reads-the-media-type-before-it-authenticates",
    ),
    "test_428_mfa_token_required.py::test_wrong_tokens_are_not_accepted": (
        "accepts-a-prefix-of-the-token",
        "accepts-a-token-with-a-suffix",
        "ignores-the-case-of-the-token",
    ),
    "test_428_mfa_token_required.py::test_session_of_a_428_can_be_resumed": (
        "gives-a-dead-session-the-second-time",
        "accepts-no-following-token",
        "spends-only-after-the-right-token",
        "gives-a-dead-session",
        "gives-the-spent-session",
        "gives-the-session-of-another-link",
        "asks-for-another-link",
        "forgets-a-field-after-a-wrong-token",
    ),
    "test_428_mfa_token_required.py::test_sessions_handed_out_stay_apart": ("gives-one-session-to-all",),
    "test_428_mfa_token_required.py::test_wrong_token_leaves_other_links_alone": (
        "ends-all-sessions-on-a-wrong-token",
    ),
    "test_500_unexpected_error.py::test_failing_institution_is_answered_500": (
        "forgets-a-code-only-when-it-fails",
        "asks-again-where-it-fails",
        "shows-a-debug-page",
        "fails-with-a-page",
        "fails-with-a-text",
        "fails-with503",
    ),
    DISCLOSURE: (
        "repeats-the-token-in-a-header",
        "repeats-the-token-of-a-malformed-body",
        "repeats-a-body-that-is-not-json",
        "repeats-the-authorization-header",
        "shows-a-python-trace-of-a-bad-request",
        "repeats-the-wrong-password",
        "tells-the-right-password",
        "repeats-the-token",
        "repeats-the-token-in-base64",
        "repeats-the-token-in-a-url",
        "repeats-the-token-as-its-value",
        "repeats-the-right-token",
        "repeats-the-token-of-a-failure",
        "shows-the-password-with-the-link",
        "shows-a-python-trace",
        "shows-a-java-trace",
        "shows-a-node-trace",
        "shows-a-go-trace",
        "shows-a-dot-net-trace",
        "shows-a-php-trace",
        "shows-a-ruby-trace",
        "shows-a-trace-in-a-header",
        "shows-a-trace-among-other-fields",
    ),
    "test_generated_cases.py::test_valid_bodies_of_unknown_sessions_are_refused": ("fails-on-other-fields",),
    "test_generated_cases.py::test_invalid_bodies_are_refused": ("fails-on-other-fields-of-a-bad-body",),
    "test_generated_cases.py::test_generated_tokens_are_wrong": ("fails-on-a-single-digit",),
    "test_resume_protocol.py::test_sessions_follow_the_protocol": ("forgets-what-was-spent",),
}


@dataclass(frozen=True)
class Witness:
    """A fault that survives once a check is gone, and the checks that have to go with it because they name it too."""

    fault: str
    beside: tuple[str, ...] = ()


PROTOCOL = "test_resume_protocol.py::test_sessions_follow_the_protocol"
CLIENT = "test_generated_client.py::test_client_reaches_each_status"
APART = "test_428_mfa_token_required.py::test_sessions_handed_out_stay_apart"
ALONE = "test_428_mfa_token_required.py::test_wrong_token_leaves_other_links_alone"

WITNESSES: dict[str, Witness] = {
    "test_200_ok.py::test_right_token_completes_the_link": Witness(
        "asks-a-second-factor-for-another-link", beside=(PROTOCOL,)
    ),
    "test_200_ok.py::test_each_link_is_answered_with_its_own_id": Witness(
        "answers-with-the-newest-link", beside=(APART, ALONE, PROTOCOL)
    ),
    "test_400_bad_request.py::test_malformed_bodies_are_refused": Witness("accepts-trailing-commas"),
    "test_400_bad_request.py::test_no_session_is_not_the_newest": Witness("takes-the-session-just-paused"),
    "test_400_bad_request.py::test_unknown_sessions_are_refused": Witness("compares-half-of-a-session"),
    "test_400_bad_request.py::test_spent_sessions_are_refused": Witness("spends-the-text-of-a-session"),
    "test_400_bad_request.py::test_sessions_of_another_link_are_refused": Witness("ignores-the-link-in-upper-case"),
    "test_400_bad_request.py::test_sessions_of_an_unknown_link_are_refused": Witness("believes-unknown-links"),
    "test_400_bad_request.py::test_encodings_of_uuids_do_no_harm": Witness("writes-the-id-as-it-was-sent"),
    "test_400_bad_request.py::test_one_of_ten_resumes_at_once_wins": Witness("has-two-winners"),
    "test_400_bad_request.py::test_hostile_tokens_do_no_harm": Witness("fails-on-a-huge-token"),
    "test_401_unauthorized.py::test_unacceptable_credentials_are_refused": Witness("takes-a-session-for-credentials"),
    "test_401_unauthorized.py::test_credentials_are_judged_before_the_body": Witness("parses-before-it-authenticates"),
    "test_428_mfa_token_required.py::test_wrong_tokens_are_not_accepted": Witness("ignores-the-case-of-the-token"),
    "test_428_mfa_token_required.py::test_session_of_a_428_can_be_resumed": Witness(
        "asks-for-another-link", beside=(PROTOCOL,)
    ),
    APART: Witness("gives-one-session-to-all"),
    ALONE: Witness("ends-all-sessions-on-a-wrong-token", beside=(PROTOCOL,)),
    "test_500_unexpected_error.py::test_failing_institution_is_answered_500": Witness(
        "asks-again-where-it-fails", beside=(CLIENT,)
    ),
    "test_generated_cases.py::test_valid_bodies_of_unknown_sessions_are_refused": Witness("fails-on-other-fields"),
    "test_generated_cases.py::test_invalid_bodies_are_refused": Witness("fails-on-other-fields-of-a-bad-body"),
    "test_generated_cases.py::test_generated_tokens_are_wrong": Witness("fails-on-a-single-digit"),
    PROTOCOL: Witness("forgets-what-was-spent"),
}

# Every answer is judged for what it discloses, whichever check it was sent for: no fault survives without this one.
OF_EVERY_ANSWER = (DISCLOSURE,)

# Checks of the client, which no server breaks: a broken client is their fault, and tests break it.
OF_THE_CLIENT = (CLIENT, "test_generated_client.py::test_client_reads_every_answer_seen")
