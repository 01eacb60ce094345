"""The five verbs: seal, anchor, publish, verify, audit. The only place where store, ledger and documents meet."""
