"""The same reconstruction on many machines: Ray hands out blocks of documents to workers."""
