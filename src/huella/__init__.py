"""Huella: registers public purchase orders and offers so that no change stays unseen."""
