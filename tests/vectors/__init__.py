"""Bytes that were written once and must open for ever."""
