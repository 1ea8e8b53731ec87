"""Room for the regular expressions of the language packs in the cache of `re`.

Importing `scipy` imports `numpy.f2py`, which cuts that cache from 512 to 50 patterns for the whole
process. A message is read by about 100 patterns, so each would be compiled again for every message.
"""

import re

ROOM = 4096
"""More than all patterns of a process."""


def keep_compiled() -> None:
    """Let `re` keep all patterns; call it where patterns are about to be used, after the imports
    that make the cache small."""
    vars(re)["_MAXCACHE"] = ROOM
