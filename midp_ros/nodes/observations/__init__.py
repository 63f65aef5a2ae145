"""The topics that a contract observes, as samples."""
