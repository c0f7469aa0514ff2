"""What agents sign in with elsewhere: kept sealed, shown to nobody."""
