"""GitHub through PyGithub: one module a resource."""
