// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/optimize/stochastic_run.hpp>
#include <span>
#include <utility>

// SGD whose steps remember earlier gradients g_0, g_1, ..., of batches of a finite sum, entry by entry:
//   momentum  v <- decay v + g,                      w -= eta v                     (Polyak 1964)
//   RMSprop   r <- decay r + (1 - decay) g^2,        w -= eta g/(sqrt r + epsilon)  (Tieleman & Hinton 2012)
//   Adam      m <- beta_1 m + (1 - beta_1) g,  r <- beta_2 r + (1 - beta_2) g^2,
//             w -= eta (m/(1 - beta_1^{t+1}))/(sqrt(r/(1 - beta_2^{t+1})) + epsilon)     (Kingma & Ba 2015)
// where v, r and m start at 0. No theorem of guarantees/ speaks of them.

namespace proxcvx {

/// What a step remembers of the steps before it; made by `start(p)`, changed by steps alone.
template <class Scalar> struct GradientMemory {
  Vector<Scalar> first;   ///< v or m; empty for RMSprop
  Vector<Scalar> second;  ///< r; empty for momentum
  Index steps = 0;
};

/// How Momentum remembers.
struct MomentumSettings {
  double decay = 0.9;  ///< in [0, 1); 0 is SGD
};

/// How RMSprop remembers.
struct RMSpropSettings {
  double decay = 0.9;     ///< in [0, 1)
  double epsilon = 1e-8;  ///< > 0; keeps steps finite where gradients vanish
};

/// How Adam remembers.
struct AdamSettings {
  double beta_1 = 0.9;    ///< in [0, 1), of the mean
  double beta_2 = 0.999;  ///< in [0, 1), of the mean square
  double epsilon = 1e-8;  ///< > 0
};

namespace detail {

inline void require_decay(double value, const char* name) {
  require(value >= 0 && value < 1, name, "a number in [0, 1)", value);
}
inline void require_epsilon(double value) {
  require(value > 0 && std::isfinite(value), "epsilon", "a finite number > 0", value);
}

struct MomentumRule {
  using Settings = MomentumSettings;
  static constexpr bool has_first = true;
  static constexpr bool has_second = false;
  Settings settings;

  explicit MomentumRule(const Settings& given) : settings{given} { require_decay(given.decay, "decay"); }

  template <class Scalar>
  void move(VectorRef<Scalar> w, ConstVectorRef<Scalar> gradient, Scalar eta, GradientMemory<Scalar>& memory) const {
    memory.first = static_cast<Scalar>(settings.decay) * memory.first + gradient;
    w -= eta * memory.first;
  }
};

struct RMSpropRule {
  using Settings = RMSpropSettings;
  static constexpr bool has_first = false;
  static constexpr bool has_second = true;
  Settings settings;

  explicit RMSpropRule(const Settings& given) : settings{given} {
    require_decay(given.decay, "decay");
    require_epsilon(given.epsilon);
  }

  template <class Scalar>
  void move(VectorRef<Scalar> w, ConstVectorRef<Scalar> gradient, Scalar eta, GradientMemory<Scalar>& memory) const {
    const auto decay = static_cast<Scalar>(settings.decay);
    memory.second.array() = decay * memory.second.array() + (Scalar(1) - decay) * gradient.array().square();
    w.array() -= eta * gradient.array() / (memory.second.array().sqrt() + static_cast<Scalar>(settings.epsilon));
  }
};

struct AdamRule {
  using Settings = AdamSettings;
  static constexpr bool has_first = true;
  static constexpr bool has_second = true;
  Settings settings;

  explicit AdamRule(const Settings& given) : settings{given} {
    require_decay(given.beta_1, "beta_1");
    require_decay(given.beta_2, "beta_2");
    require_epsilon(given.epsilon);
  }

  template <class Scalar>
  void move(VectorRef<Scalar> w, ConstVectorRef<Scalar> gradient, Scalar eta, GradientMemory<Scalar>& memory) const {
    const auto beta_1 = static_cast<Scalar>(settings.beta_1);
    const auto beta_2 = static_cast<Scalar>(settings.beta_2);
    const auto count = static_cast<double>(memory.steps + 1);
    const auto mean = static_cast<Scalar>(1 - std::pow(settings.beta_1, count));
    const auto square = static_cast<Scalar>(1 - std::pow(settings.beta_2, count));
    memory.first = beta_1 * memory.first + (Scalar(1) - beta_1) * gradient;
    memory.second.array() = beta_2 * memory.second.array() + (Scalar(1) - beta_2) * gradient.array().square();
    w.array() -= eta * (memory.first.array() / mean) /
                 ((memory.second.array() / square).sqrt() + static_cast<Scalar>(settings.epsilon));
  }
};

/// SGD with a rule that remembers. A step costs the gradient of one batch and O(p); nothing is allocated after the
/// first.
template <class Rule, class Step> class RememberingSGD {
  static_assert(StepSize<Step>, "proxcvx: the step size must be a callable t -> eta_t, such as ConstantStep{0.1}");

 public:
  /// Throws std::invalid_argument where a setting is out of the range that its comment names.
  explicit RememberingSGD(Step step_size, typename Rule::Settings rule = {}, SGDSettings settings = {})
      : step_size_{std::move(step_size)}, rule_{rule}, settings_{settings} {
    require_settings(settings);
  }

  /// Minimises f from w0, without memories. Observers see w_t before its step, t = 0, 1, ...; each may stop the run
  /// before that step. Eigen's products run on one thread meanwhile.
  /// Throws std::invalid_argument when w0 has another dimension than f or is not finite, or the batch does not fit.
  template <class F, class... Observers>
  [[nodiscard]] Result<typename F::Scalar> minimize(const F& f, ConstVectorRef<typename F::Scalar> w0,
                                                    Observers&&... observers) const {
    static_assert(expect_differentiable<F>());
    static_assert(FiniteSumObjective<F>,
                  "proxcvx: the objective must be a finite sum: `terms()` and `gradient(w, batch, out)`, batch a "
                  "std::span<const Index>");
    using Scalar = typename F::Scalar;
    auto memory = start<Scalar>(f.dimension());
    const auto move = [&](VectorRef<Scalar> w, const Vector<Scalar>& gradient, Scalar eta) {
      advance<Scalar>(w, gradient, eta, memory);
    };
    return run_on_batches(f, w0, settings_, step_size_, move, observers...);
  }

  /// The memory before the first step of p parameters.
  template <class Scalar = double> [[nodiscard]] GradientMemory<Scalar> start(Index parameters) const {
    GradientMemory<Scalar> memory;
    if (Rule::has_first) memory.first.setZero(parameters);
    if (Rule::has_second) memory.second.setZero(parameters);
    return memory;
  }

  /// One step on a batch, in place, bit for bit that of `minimize` where Eigen runs on one thread
  /// (SingleThreadedEigen); `gradient` is the caller's buffer, `memory` what start(p) or the step before left.
  /// Returns the batch's value at the old w.
  template <class F>
  typename F::Scalar step(const F& f, std::span<const Index> batch, VectorRef<typename F::Scalar> w,
                          VectorRef<typename F::Scalar> gradient, GradientMemory<typename F::Scalar>& memory) const {
    using Scalar = typename F::Scalar;
    if (!fits(memory, w.size())) require(false, "memory: expected what start(w.size()) of this optimizer makes");
    const auto value = f.gradient(w, batch, gradient);
    advance<Scalar>(w, gradient, static_cast<Scalar>(step_size_(memory.steps)), memory);
    return value;
  }

 private:
  template <class Scalar> static bool fits(const GradientMemory<Scalar>& memory, Index parameters) {
    return memory.first.size() == (Rule::has_first ? parameters : 0) &&
           memory.second.size() == (Rule::has_second ? parameters : 0);
  }
  template <class Scalar>
  void advance(VectorRef<Scalar> w, ConstVectorRef<Scalar> gradient, Scalar eta, GradientMemory<Scalar>& memory) const {
    rule_.template move<Scalar>(w, gradient, eta, memory);
    ++memory.steps;
  }

  Step step_size_;
  Rule rule_;
  SGDSettings settings_;
};

}  // namespace detail

/// Stochastic gradient descent with momentum: Momentum{0.01, {.decay = 0.9}, {.iterations = 1000}}.
template <class Step = ConstantStep> class Momentum : public detail::RememberingSGD<detail::MomentumRule, Step> {
 public:
  using detail::RememberingSGD<detail::MomentumRule, Step>::RememberingSGD;
};

/// RMSprop{0.001, {.decay = 0.9}, {.iterations = 1000}}.
template <class Step = ConstantStep> class RMSprop : public detail::RememberingSGD<detail::RMSpropRule, Step> {
 public:
  using detail::RememberingSGD<detail::RMSpropRule, Step>::RememberingSGD;
};

/// Adam{0.001, {.beta_1 = 0.9}, {.iterations = 1000}}.
template <class Step = ConstantStep> class Adam : public detail::RememberingSGD<detail::AdamRule, Step> {
 public:
  using detail::RememberingSGD<detail::AdamRule, Step>::RememberingSGD;
};

Momentum(double, MomentumSettings = {}, SGDSettings = {})->Momentum<ConstantStep>;
RMSprop(double, RMSpropSettings = {}, SGDSettings = {})->RMSprop<ConstantStep>;
Adam(double, AdamSettings = {}, SGDSettings = {})->Adam<ConstantStep>;
template <class Step> Momentum(Step, MomentumSettings = {}, SGDSettings = {}) -> Momentum<Step>;
template <class Step> RMSprop(Step, RMSpropSettings = {}, SGDSettings = {}) -> RMSprop<Step>;
template <class Step> Adam(Step, AdamSettings = {}, SGDSettings = {}) -> Adam<Step>;

}  // namespace proxcvx
