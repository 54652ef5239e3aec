"""The bench: breaks the lab in one known way after the other, audits it, and measures whether the cause was named."""
