"""What an editor asks about a file (`answers`), over the Language Server Protocol (`server`, which alone knows pygls)."""
