"""From drawn pixels to a work: marking, encoding, signing, storing and noting down, beside the drawing."""
