"""The HTTP exchange under an interaction, as vcrpy stores it."""
