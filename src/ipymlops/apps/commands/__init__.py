"""The verbs, one file each, for the magic and the command line alike."""
