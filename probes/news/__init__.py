"""The age of the newest item of a website: dates that stand with an item, in feeds, sitemaps and pages."""
