"""Why it holds: tree, checkpoint, chain proof, evidence and verdict. Pure: no I/O, no clock, no network."""
