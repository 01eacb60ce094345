"""The portal's pages. Each has its JSON twin in the API."""
