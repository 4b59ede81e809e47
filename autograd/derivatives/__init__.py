"""Derivatives of functions: grad, jacobian, hessian and their kin; checks of them; primitives of your own."""
