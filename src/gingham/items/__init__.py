"""What a finished Link leaves behind: Items, their tokens, accounts, pulls of their history, and the facts
owed to webhooks."""
