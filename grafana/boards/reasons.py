"""Expressions that may rightly bring nothing, each with the reason. A test runs every expression
on a running rehearsal and accepts no other excuse."""

from __future__ import annotations

from collections.abc import Mapping

NOT_MEASURED = "a rehearsal asks no time server: the clock is not measured"
GOOD_NEWS = "empty is good news: filled only while something is wrong"
NO_LOG = "not a number until the log has a checkpoint, and a token where an authority is configured"

MAY_BE_EMPTY: Mapping[str, str] = {
    "abs(anef_clock_offset_seconds)": NOT_MEASURED,
    "anef_clock_offset_seconds": NOT_MEASURED,
    'up{job="anef-monitor"} == 0': GOOD_NEWS,
    "max by (component) (anef_component_state) == 6": GOOD_NEWS,
    "time() - anef_log_last_checkpoint_timestamp_seconds": NO_LOG,
    "time() - anef_log_last_stamp_timestamp_seconds": NO_LOG,
    "anef_log_stamp_delay_seconds": NO_LOG,
    "anef:stamp_wait:seconds": NO_LOG,
    "time() - anef_log_unstamped_since_timestamp_seconds": NO_LOG,
}
