"""The cassettes of others: any layout -> vcrpy's current one."""
