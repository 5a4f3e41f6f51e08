"""Claims: the published numbers, the rules that they keep, and the signatures of those who approve them."""
