"""The paper: the order as a PDF, its QR code, and the copy that carries the evidence (docs/spec/paper.md)."""
