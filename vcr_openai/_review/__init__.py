"""What people read of an exchange."""
