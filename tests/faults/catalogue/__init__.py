"""Every deliberate fault, by the part of the loop that it lies in."""

from catalogue import events, kernel, loop, mailbox, priorities, streams, timers

FAULTS = [fault for part in (timers, priorities, loop, events, kernel, mailbox, streams) for fault in part.FAULTS]
