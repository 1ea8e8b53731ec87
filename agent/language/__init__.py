"""Text without a catalogue: tokens, stems, numerals, language detection, fixed messages."""
