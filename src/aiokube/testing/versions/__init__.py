"""Resources that are served in several versions: objects are stored in one of them, and converted for the others."""
