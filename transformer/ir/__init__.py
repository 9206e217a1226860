"""Frozen types that the phases hand to each other. Types only: nothing here reads, decides or prints."""
