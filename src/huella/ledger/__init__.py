"""The chain: a port, the contract's codec, the registrar's key, and the ledgers behind the port."""
