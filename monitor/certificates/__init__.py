"""Documents that a lawyer files: what they hold, how they are made, how they are checked."""
