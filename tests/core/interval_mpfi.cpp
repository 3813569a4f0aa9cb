// SPDX-License-Identifier: MIT
#include "core/interval_containment.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

// Whole results against MPFI (Revol & Rouillier 2005), an interval library of its own on MPFR: its tightest enclosure
// of the range over both arguments lies in ours, and ours is a few ulp wider. Left out where there is no MPFI.

#include <mpfi.h>

#include <functional>
#include <map>

namespace pc = proxcvx;
using tests::Op;

namespace {

/// An MPFI interval of 53 bits.
class Oracle {
 public:
  Oracle() { mpfi_init2(x_, 53); }
  explicit Oracle(const pc::Interval& x) : Oracle() { mpfi_interv_d(x_, x.lower(), x.upper()); }
  ~Oracle() { mpfi_clear(x_); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  operator mpfi_ptr() { return x_; }  // NOLINT(google-explicit-constructor)
  bool nan() { return mpfi_nan_p(x_) != 0; }
  double lower() { return mpfr_get_d(&x_->left, MPFR_RNDD); }
  double upper() { return mpfr_get_d(&x_->right, MPFR_RNDU); }

 private:
  mpfi_t x_;
};

using Function = std::function<int(mpfi_ptr, mpfi_srcptr, mpfi_srcptr)>;

std::map<Op, Function> oracles() {
  const auto unary = [](int (*f)(mpfi_ptr, mpfi_srcptr)) {
    return [f](mpfi_ptr out, mpfi_srcptr x, mpfi_srcptr) { return f(out, x); };
  };
  return {{Op::plus, mpfi_add},         {Op::minus, mpfi_sub},          {Op::times, mpfi_mul},
          {Op::over, mpfi_div},         {Op::abs, unary(mpfi_abs)},     {Op::square, unary(mpfi_sqr)},
          {Op::sqrt, unary(mpfi_sqrt)}, {Op::exp, unary(mpfi_exp)},     {Op::expm1, unary(mpfi_expm1)},
          {Op::log, unary(mpfi_log)},   {Op::log1p, unary(mpfi_log1p)}, {Op::tanh, unary(mpfi_tanh)},
          {Op::sinh, unary(mpfi_sinh)}, {Op::cosh, unary(mpfi_cosh)},   {Op::sin, unary(mpfi_sin)},
          {Op::cos, unary(mpfi_cos)}};
}

}  // namespace

TEST_CASE("MPFI's enclosures lie in ours, and ours are a few ulp wider") {
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
  const pc::Index count = tests::scaled_count(pc::Index{10'000'000});
  const auto oracle_of = oracles();
  for (const tests::Operation& operation : tests::all_operations()) {
    const auto oracle = oracle_of.find(operation.op);
    if (oracle == oracle_of.end()) continue;
    pc::Index outside = 0, loose = 0, compared = 0;
    for (pc::Index i = 0; i < count; ++i) {
      pc::RandomStream stream{pc::Seed{6}, static_cast<std::uint64_t>(i)};
      const pc::Interval x = tests::random_interval(stream), y = tests::random_interval(stream);
      const pc::Interval result = operation.apply(x, y);
      Oracle a{x}, b{y}, exact;
      oracle->second(exact, a, b);
      if (exact.nan()) {
        outside += result == pc::Interval::whole_line() ? 0 : 1;
        continue;
      }
      const double lower = exact.lower(), upper = exact.upper();
      outside += result.lower() <= lower && upper <= result.upper() ? 0 : 1;
      const bool turns = operation.op == Op::sin || operation.op == Op::cos;
      const bool unbounded = std::abs(lower) > 1e308 || std::abs(upper) > 1e308;
      if (unbounded || !isfinite(x) || !isfinite(y) || (turns && magnitude(x) > 1e6)) continue;
      ++compared;
      const auto slack = [&](double end) { return operation.ulps * DBL_EPSILON * std::abs(end) + 2 * DBL_MIN; };
      loose += result.lower() >= lower - slack(lower) && result.upper() <= upper + slack(upper) ? 0 : 1;
    }
    CAPTURE(operation.name);
    CHECK(outside == 0);
    CHECK(loose == 0);
    CHECK(compared > count / 8);
  }
}
