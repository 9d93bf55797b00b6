"""The real parts that tests share: both databases, freshly migrated."""
