"""The checks of a mail server, the evidence they judge and the plugin that brings both together."""
