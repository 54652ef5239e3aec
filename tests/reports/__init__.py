"""Tests of everything behind results.jsonl."""
