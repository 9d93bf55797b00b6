"""Parts of the measurement at scale: archives, clusters, comparisons."""
