"""Log archives: finding the files, reading them as a stream, dating the records, and telling what may be believed."""
