"""What looking after a node needs without a shell: reasons of permissions, queues, backups, settings."""
