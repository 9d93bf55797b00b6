"""Who is who: identities, bots and proxies, dated affiliations."""
