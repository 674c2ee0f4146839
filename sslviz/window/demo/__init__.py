"""Made-up runs that every panel can be shown with: to look at a panel alone, for pictures and for tests."""
