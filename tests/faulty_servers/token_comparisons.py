"""Faults of token comparisons: a wrong token taken for the right one, or failed on."""

from __future__ import annotations

import fnmatch
import html
import re
import unicodedata
from typing import ClassVar
from urllib.parse import unquote

from contract_tests.embedded.server import Refusal, Settings
from tests.faulty_servers.served import OK, RESPONSES, UNEXPECTED_ERROR, Fault

DIGITS = Settings(accepted_token="482913")


class Takes(Fault, breaks=OK):
    """Takes some wrong tokens for the right one."""

    def is_accepted(self, token: str) -> bool:
        return super().is_accepted(token) or self.takes(token, self.settings.accepted_token)

    def takes(self, token: str, right: str) -> bool:
        """Tell whether a wrong token is taken for the right one."""
        return False


class TakesPercentForAnyToken(Takes, shown_by="the token %"):
    """Looks for the token with LIKE, to which a percent sign is any text."""

    def takes(self, token: str, right: str) -> bool:
        return re.fullmatch(re.escape(token).replace("%", ".*"), right, re.DOTALL) is not None


class TakesUnderscoresForCharacters(Takes, shown_by="as many underscores as the right token has characters"):
    """Looks for the token with LIKE, to which an underscore is any character."""

    def takes(self, token: str, right: str) -> bool:
        return re.fullmatch(re.escape(token).replace("_", "."), right, re.DOTALL) is not None


class TakesAStarForAnyToken(Takes, shown_by="the token *, or ??????"):
    """Compares tokens with a shell's wildcards in them."""

    def takes(self, token: str, right: str) -> bool:
        return len(token) < 1000 and fnmatch.fnmatchcase(right, token)


class TakesAPatternForAToken(Takes, shown_by="the token .* or [0-9a-z]+"):
    """Compares tokens as regular expressions."""

    def takes(self, token: str, right: str) -> bool:
        try:
            return len(token) < 1000 and re.fullmatch(token, right) is not None
        except (re.error, OverflowError, RecursionError):
            return False


class FailsOnABrokenPattern(Takes, breaks=UNEXPECTED_ERROR, shown_by="the token ( or [ or *"):
    """Fails with 500 on a token that is half a regular expression."""

    def takes(self, token: str, right: str) -> bool:
        if token in ("(", "[", "*", "+", "\\"):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class TakesSixZeros(Takes, shown_by="the token 000000"):
    """Keeps a back door from its tests: six zeros."""

    back_door: ClassVar[str] = "000000"

    def takes(self, token: str, right: str) -> bool:
        return token == self.back_door


class TakesOneToSix(TakesSixZeros, shown_by="the token 123456"):
    """Keeps a back door from its tests: the digits from one to six."""

    back_door = "123456"


class TakesSixOnes(TakesSixZeros, shown_by="the token 111111"):
    """Keeps a back door from its tests: six ones."""

    back_door = "111111"


class TakesTheWordTest(TakesSixZeros, shown_by="the token test"):
    """Keeps a back door from its tests: the word test."""

    back_door = "test"


class FoldsWidthsOfTokens(Takes, shown_by="the right token in full-width characters"):
    """Normalizes tokens to NFKC, with which full-width characters become plain ones."""

    def takes(self, token: str, right: str) -> bool:
        return unicodedata.normalize("NFKC", token) == right


class ReadsDigitsOfAnyScript(Takes, shown_by="a right token of digits in Arabic-Indic or full-width digits"):
    """Reads a token of digits as a number, and digits of any script for digits."""

    settings_used = DIGITS

    def takes(self, token: str, right: str) -> bool:
        return len(token) == len(right) and token.isdecimal() and int(token) == int(right)


class ReadsTokensAsNumbers(Takes, shown_by="a right token of digits with a zero or + before it"):
    """Compares tokens as the numbers they read as."""

    settings_used = DIGITS

    def takes(self, token: str, right: str) -> bool:
        return re.fullmatch(r"[+0]*[0-9]{1,20}", token) is not None and int(token) == int(right)


class OverflowsInThirtyTwoBits(Takes, shown_by="a right token of digits plus 2 ** 32"):
    """Reads tokens into 32 bits, and drops the bits above."""

    settings_used = DIGITS

    def takes(self, token: str, right: str) -> bool:
        return re.fullmatch(r"[0-9]{1,20}", token) is not None and int(token) % 2**32 == int(right)


class ReadsTokensAsHexadecimals(Takes, shown_by="a right token of hexadecimal digits with 0x or 0 before it"):
    """Compares tokens as hexadecimal numbers where both are some."""

    def takes(self, token: str, right: str) -> bool:
        is_number = re.fullmatch(r"(0x)?[0-9a-f]{1,20}", token) is not None
        return is_number and int(token, 16) == int(right, 16)


class FailsOnSuperscripts(Takes, breaks=UNEXPECTED_ERROR, shown_by="the token ² or ①"):
    """Fails with 500 on what is a digit and no decimal one, such as a superscript."""

    def takes(self, token: str, right: str) -> bool:
        if token.isdigit() and not token.isdecimal():
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class FailsOnManyDigits(Takes, breaks=UNEXPECTED_ERROR, shown_by="a token of 5,000 digits"):
    """Fails with 500 on more digits than its language reads as a number."""

    def takes(self, token: str, right: str) -> bool:
        if token.isdecimal() and len(token) > 4300:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class FailsOnTwentyDigits(FailsOnManyDigits, shown_by="a token of twenty digits"):
    """Fails with 500 on more digits than 64 bits have room for."""

    def takes(self, token: str, right: str) -> bool:
        if token.isdecimal() and len(token) >= 20:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class FailsBeyondItsColumn(Takes, breaks=UNEXPECTED_ERROR, shown_by="a token of 256 characters"):
    """Fails with 500 on a token of more than 255 characters, for which its column has no room."""

    longest: ClassVar[int] = 255

    def takes(self, token: str, right: str) -> bool:
        if self.longest < len(token) < 4 * self.longest:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class FailsBeyondAPage(FailsBeyondItsColumn, shown_by="a token of 8,000 characters"):
    """Fails with 500 on a token of some thousand characters, for which its index has no room."""

    longest = 2700


class FailsBeyondSixteenBits(FailsBeyondItsColumn, shown_by="a token of 65,536 to 70,000 characters"):
    """Fails with 500 on a token whose length does not fit into 16 bits."""

    def takes(self, token: str, right: str) -> bool:
        if 65_535 < len(token) < 75_000:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class CountsInSixteenBits(Takes, shown_by="a token that begins with the right one and is 65,536 characters longer"):
    """Keeps the length of a token in 16 bits, and compares as many characters."""

    def takes(self, token: str, right: str) -> bool:
        return len(token) > 65_535 and token[: len(token) % 65_536] == right


class AcceptsATokenWithAPrefix(Takes, shown_by="the right token with a character before it"):
    """Compares the end of the token that was sent."""

    def takes(self, token: str, right: str) -> bool:
        return token.endswith(right)


class AcceptsBlanksAroundTheToken(Takes, shown_by="the right token with a line end, a tab or a blank around it"):
    """Strips white space of any kind from a token before it compares it."""

    def takes(self, token: str, right: str) -> bool:
        return token.strip() == right


class MatchesTokensWithADollar(Takes, shown_by="the right token with a line end behind it"):
    """Compares tokens with an expression whose dollar also matches before a line end."""

    def takes(self, token: str, right: str) -> bool:
        return re.match(f"^{re.escape(right)}$", token) is not None


class EndsTheTokenAtNul(Takes, shown_by="the right token, NUL and more behind it"):
    """Hands the token to a library for which NUL ends a text."""

    def takes(self, token: str, right: str) -> bool:
        return token.partition("\0")[0] == right


class DropsWhatIsNotAscii(Takes, shown_by="the right token with € or a zero-width space within"):
    """Drops the characters of a token that are not ASCII."""

    def takes(self, token: str, right: str) -> bool:
        return token.encode("ascii", "ignore").decode() == right


class DecodesPercentsInTokens(Takes, shown_by="the right token with a percent-encoded character: 1234%61b"):
    """Decodes percent-encoding in a token."""

    def takes(self, token: str, right: str) -> bool:
        return unquote(token) == right


class UnescapesTokens(Takes, shown_by="the right token with a character reference: 1234&#97;b"):
    """Replaces the character references of HTML in a token."""

    def takes(self, token: str, right: str) -> bool:
        return html.unescape(token) == right


class AcceptsAnyOfAList(Takes, shown_by="a wrong token, a comma and the right token"):
    """Splits a token at commas, and takes any of its parts."""

    def takes(self, token: str, right: str) -> bool:
        return right in token.split(",")


class EscapesQuotesAndNoBackslashes(Takes, shown_by=r"the token \' OR 1=1 --"):
    """Doubles the quotes of a token for its SQL, and forgets the backslash before one."""

    def takes(self, token: str, right: str) -> bool:
        return re.match(r"\\' OR ", token) is not None


class FailsOnABackslash(Takes, breaks=UNEXPECTED_ERROR, shown_by="a token with a backslash"):
    """Fails with 500 on a backslash, which ends the text of a request to the institution."""

    def takes(self, token: str, right: str) -> bool:
        if "\\" in token:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class FailsOnAnAmpersand(Takes, breaks=UNEXPECTED_ERROR, shown_by="a token with & or ]]>"):
    """Fails with 500 on a character that breaks the XML it sends to the institution."""

    def takes(self, token: str, right: str) -> bool:
        if "&" in token or "]]>" in token:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class LooksUpWhatTokensName(Takes, breaks=UNEXPECTED_ERROR, shown_by="the token ${jndi:ldap://127.0.0.1/a}"):
    """Fails with 500 on a token that its logger takes for something to look up."""

    def takes(self, token: str, right: str) -> bool:
        if "${jndi:" in token:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class BlocksWhatLooksLikeAnAttack(
    Takes, breaks=RESPONSES, shown_by="a token such as ../../etc/passwd, UNION SELECT, or ${jndi:…}"
):
    """Stands behind a firewall that answers tokens which look like an attack 403."""

    def takes(self, token: str, right: str) -> bool:
        if re.search(r"\.\./|union\s+select|\$\{jndi:", token, re.IGNORECASE):
            raise Refusal(403, ("forbidden", "The request was blocked."))
        return False
