"""The command line: one module a family of commands; messages in Spanish or English by locale."""
