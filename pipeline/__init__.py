"""What every stage stands on: parameters, paths, safe files, progress and errors."""
