"""A memory in PostgreSQL with pgvector: one for many processes and machines."""
