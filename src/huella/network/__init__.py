"""Networks of validators: their files, a network on this machine, and how one is."""
