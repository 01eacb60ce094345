"""The memory: entries, anchors, disclosures, documents and the tables derived from records. SQLite or PostgreSQL."""
