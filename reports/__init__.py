"""From verdicts to diagnosis to reports; nothing in checks imports this."""
