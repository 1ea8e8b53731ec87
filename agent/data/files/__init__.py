"""Reading a catalogue and an interaction log from the files people have.

`read_items` and `read_events` sniff format, separator, header and the usual column names; `--map`
pairs name the rest. A row that cannot be used is refused with its number, field, reason and value:
every row read is kept, merged or refused, and the counts must add up.
"""

from shelftalker.data.files.columns import check_map
from shelftalker.data.files.event_reader import EventsRead, read_events
from shelftalker.data.files.item_reader import ItemsRead, ReadSummary, read_items

__all__ = ["EventsRead", "ItemsRead", "ReadSummary", "check_map", "read_events", "read_items"]
