"""What an exported pipeline does when it runs headless."""
