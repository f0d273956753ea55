"""The rehearsal site: its faults, its journeys, its switchboard."""
