"""The public face: API, portal and log tiles over HTTP. Whatever it reads or writes goes through flow."""
