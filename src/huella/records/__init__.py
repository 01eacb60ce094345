"""What is sealed: the record, its kinds, its rules and the foreign forms it is read from. Pure."""
