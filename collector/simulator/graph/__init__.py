"""The GraphQL half of the simulated API."""
