"""Web reconstruction: from documents to instructions and answers."""
