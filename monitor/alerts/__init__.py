"""Messages to persons: planned from the store, written down, sent, tried again."""
