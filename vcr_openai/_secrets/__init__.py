"""What a secret is: by its shape, by the name before it, by its value; and messages without one."""
