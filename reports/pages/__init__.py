"""What stands on the pages of the HTML report, gathered for its templates."""
