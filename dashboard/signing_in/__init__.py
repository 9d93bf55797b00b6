"""Optional sign-in: who asks, whether they are admitted, and the one guard that every request passes."""
