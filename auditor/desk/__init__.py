"""The desk: attesting, audits and reports as pages in the browser of this computer, and of no other."""
