"""From data/raw to data/dataset: what each picture is, what is wrong with it, and where it goes."""
