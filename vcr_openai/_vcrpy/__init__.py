"""Everything that talks to vcrpy."""
