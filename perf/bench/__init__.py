"""./dev bench: Pinwheel beside its peers, measured so that a noisy machine of two cores gives the same answer twice."""
