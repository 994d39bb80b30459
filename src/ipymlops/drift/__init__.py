"""Whether new data still looks like the data a model was trained on."""
