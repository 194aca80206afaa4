"""The review page: a queue of doubtful pictures in the browser, every decision on disk before the page moves on."""
