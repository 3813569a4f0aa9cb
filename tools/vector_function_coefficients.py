#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints the polynomials of include/proxcvx/core/vector_functions.hpp.

Each interpolates its function at the Chebyshev points of its interval in 60 digits, which is within a small factor of
the best polynomial of that degree; the coefficients are then rounded to the scalar. Needs mpmath.
"""

from mpmath import asin, atanh, cos, factorial, lu_solve, matrix, mp, mpf, pi, sqrt, workdps

mp.dps = 60


def exponential(r):
    """(e^r - 1 - r)/r^2, by its series: one of the points is 0."""
    return sum(r**k / factorial(k + 2) for k in range(60))


def logarithm(z):
    """(2 atanh s - 2 s)/s^3, z = s^2."""
    s = sqrt(z)
    return (2 * atanh(s) - 2 * s) / s**3


def arcsine(z):
    """(asin s - s)/s^3, z = s^2."""
    s = sqrt(z)
    return (asin(s) - s) / s**3


def interpolate(function, low, high, degree):
    points = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * degree + 2)) for i in range(degree + 1)]
    vandermonde = matrix([[x**k for k in range(degree + 1)] for x in points])
    with workdps(200):
        return lu_solve(vandermonde, matrix([function(x) for x in points]))


def show(name, function, low, high, degrees):
    for scalar, degree, bits in (("float", degrees[0], 24), ("double", degrees[1], 53)):
        with workdps(100):
            coefficients = list(interpolate(function, low, high, degree))
        print(f"{scalar} {name}, constant term first:")
        for c in coefficients:
            rounded = mpf(c)
            mp.prec, old = bits, mp.prec
            rounded = +rounded
            mp.prec = old
            print(f"  {float(rounded).hex()},")


HALF = mpf("0.3466")  # just above log(2)/2
show("exponential", exponential, -HALF, HALF, (4, 9))
show("logarithm", logarithm, mpf(0), (sqrt(2) - 1) ** 2 / (sqrt(2) + 1) ** 2, (3, 6))
show("arcsine", arcsine, mpf(0), mpf("0.25"), (4, 11))
