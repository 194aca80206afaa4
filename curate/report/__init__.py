"""The report: what became of every candidate, as one page, as numbers, as plots and as credits."""
