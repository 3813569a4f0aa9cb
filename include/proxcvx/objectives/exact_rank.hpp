// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <proxcvx/core/types.hpp>
#include <utility>
#include <vector>

// The rank of a matrix of doubles, exactly: which eigenvalues of a Gram matrix are 0 is no matter of rounding. Columns
// are integers times powers of two, which do not change the rank. Modulo a prime the rank is at most the true one; a
// minor of order r + 1 that is 0 modulo primes whose product exceeds Hadamard's bound on it is 0. So one prime proves
// full rank, and a rank r below is proved by as many as the bound asks for.

namespace proxcvx::detail {

/// Entries as integers modulo a prime below 2^31, elimination by rows.
class ModularRank {
 public:
  /// Columns are given as mantissas (of at most 53 bits) and shifts >= 0: entry = mantissa 2^shift.
  ModularRank(Matrix<double> mantissas, Eigen::MatrixXi shifts)
      : mantissas_{std::move(mantissas)}, shifts_{std::move(shifts)} {}

  [[nodiscard]] Index modulo(std::uint64_t prime) {
    const Index rows = mantissas_.rows(), cols = mantissas_.cols();
    entries_.resize(static_cast<std::size_t>(rows * cols));
    for (Index j = 0; j < cols; ++j) {
      for (Index i = 0; i < rows; ++i) {
        const auto mantissa = static_cast<std::int64_t>(mantissas_(i, j));
        const std::uint64_t size = static_cast<std::uint64_t>(mantissa < 0 ? -mantissa : mantissa) % prime;
        const std::uint64_t value = size * power(2, static_cast<std::uint64_t>(shifts_(i, j)), prime) % prime;
        at(i, j) = mantissa < 0 && value != 0 ? prime - value : value;
      }
    }
    Index rank = 0;
    for (Index j = 0; j < cols && rank < rows; ++j) {
      Index pivot = rank;
      while (pivot < rows && at(pivot, j) == 0) ++pivot;
      if (pivot == rows) continue;
      for (Index k = j; k < cols; ++k) std::swap(at(pivot, k), at(rank, k));
      const std::uint64_t inverse = power(at(rank, j), prime - 2, prime);
      for (Index i = rank + 1; i < rows; ++i) {
        const std::uint64_t factor = prime - at(i, j) * inverse % prime;
        if (factor == prime) continue;
        for (Index k = j; k < cols; ++k) at(i, k) = (at(i, k) + factor * at(rank, k)) % prime;
      }
      ++rank;
    }
    return rank;
  }

  /// The largest prime below x, x > 3.
  [[nodiscard]] static std::uint64_t prime_below(std::uint64_t x) {
    const auto is_prime = [](std::uint64_t n) {
      if (n % 2 == 0) return n == 2;
      for (std::uint64_t k = 3; k * k <= n; k += 2) {
        if (n % k == 0) return false;
      }
      return true;
    };
    do --x;
    while (!is_prime(x));
    return x;
  }

 private:
  [[nodiscard]] static std::uint64_t power(std::uint64_t base, std::uint64_t exponent, std::uint64_t prime) {
    std::uint64_t result = 1;
    for (base %= prime; exponent > 0; exponent /= 2, base = base * base % prime) {
      if (exponent % 2 == 1) result = result * base % prime;
    }
    return result;
  }
  [[nodiscard]] std::uint64_t& at(Index i, Index j) {
    return entries_[static_cast<std::size_t>(i * mantissas_.cols() + j)];
  }

  Matrix<double> mantissas_;
  Eigen::MatrixXi shifts_;
  std::vector<std::uint64_t> entries_;
};

/// The rank of a matrix of finite doubles, or nothing where proving it would take more than `budget` operations or an
/// entry is not finite. O(d n min(d, n)) where the rank is full, some (r + 1)(53 + range of exponents)/30 times as much
/// where it is not.
template <class Derived>
[[nodiscard]] std::optional<Index> exact_rank(const Eigen::MatrixBase<Derived>& matrix, double budget = 2e9) {
  const Matrix<double> x = matrix.template cast<double>();
  if (!x.allFinite()) return std::nullopt;
  const Index least = std::min(x.rows(), x.cols());
  Matrix<double> mantissas(x.rows(), x.cols());
  Eigen::MatrixXi shifts(x.rows(), x.cols());
  double bits = 0;  // of the largest entry, once columns are integers
  for (Index j = 0; j < x.cols(); ++j) {
    int lowest = std::numeric_limits<int>::max(), highest = std::numeric_limits<int>::min();
    for (Index i = 0; i < x.rows(); ++i) {
      int exponent = 0;
      mantissas(i, j) = std::ldexp(std::frexp(x(i, j), &exponent), 53);  // an integer
      shifts(i, j) = exponent;
      if (x(i, j) == 0) continue;
      lowest = std::min(lowest, exponent);
      highest = std::max(highest, exponent);
    }
    for (Index i = 0; i < x.rows(); ++i) shifts(i, j) = x(i, j) == 0 ? 0 : shifts(i, j) - lowest;
    if (highest >= lowest) bits = std::max(bits, 53.0 + (highest - lowest));
  }
  ModularRank elimination(mantissas, shifts);
  std::uint64_t prime = std::uint64_t{1} << 31U;
  Index rank = 0;
  double known = 0;  // log2 of the product of the primes, all of which divide every minor of order rank + 1
  for (double spent = 0; spent <= budget; spent += static_cast<double>(x.size() * least)) {
    prime = ModularRank::prime_below(prime);
    const Index seen = elimination.modulo(prime);
    known += 30;
    rank = std::max(rank, seen);
    const auto order = static_cast<double>(rank + 1);
    if (rank == least || known > order * (bits + std::log2(order) / 2) * (1 + 1e-9)) return rank;
  }
  return std::nullopt;
}

}  // namespace proxcvx::detail
