"""A lab's way from sign-up to a published score, in a simulated world of its own."""
