"""The embedding scorer h(x, y) = σ(f(x)ᵀ W g(y)) and its parts."""
