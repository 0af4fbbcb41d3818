"""Translation: a recording ⇄ an interaction, each of its parts in a module of its own."""
