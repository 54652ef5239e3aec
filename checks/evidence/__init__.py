"""What is: probes that fetch evidence as text, and parsers that read it."""
