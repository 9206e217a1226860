"""``dockerfix verify``: build both images, compare them by the laws, run both. Only ``engine`` talks to an engine."""
