"""Why the server closes a websocket: codes of our own, from the private range of RFC 6455, section 7.4.2."""

from __future__ import annotations

from typing import Final

FOREIGN: Final = 4400
"""The message is not of the protocol."""

REVOKED: Final = 4401
"""The token, or the sign-in, is no longer valid."""

SPOKEN_FOR: Final = 4403
"""Another token speaks for the host, and this one was made for none."""

TAKEN: Final = 4409
"""Another agent speaks for this host."""

CROWDED: Final = 4429
"""One person has too many pages open, or a page asks too often."""

BUSY: Final = 4503
"""The server cannot store or read this now; come back later."""
