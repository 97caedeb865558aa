"""What has to be built: what nodes are made by, the ledger of what was, the news."""
