"""What goes with a data set when it leaves: card, Croissant metadata, metadata.csv and credits."""
