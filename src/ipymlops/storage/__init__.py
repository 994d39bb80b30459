"""Where bytes and rows live: content-addressed blobs and one small relational database."""
