"""What each product means: rules over an Item and its bank, without HTTP. `api/` holds the shapes of requests
and answers."""
