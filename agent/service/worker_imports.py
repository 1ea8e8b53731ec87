"""What a worker process needs, imported once by the process that workers are forked from.

Importing starts no thread of ours and opens nothing. Frozen objects are not looked at by the
garbage collector, which would write to the memory that workers have in common.
"""

import gc
import importlib

for _name in (
    "shelftalker.service.app",
    "shelftalker.commands.service",
    "shelftalker.scorer.two_tower",
    "shelftalker.understanding.rule_reader",
    "shelftalker.data.event_log",
    "shelftalker.data.impressions",
    "shelftalker.conversation.assistant",
):
    importlib.import_module(_name)
gc.collect()
gc.freeze()
