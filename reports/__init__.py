"""The third floor: an assessment rendered for people and for programs, one file per format."""
