"""Calibration: what matches, what to write instead."""
