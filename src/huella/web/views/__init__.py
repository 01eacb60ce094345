"""What pages show and their JSON twins tell: one value for both. Nothing here knows HTML."""
