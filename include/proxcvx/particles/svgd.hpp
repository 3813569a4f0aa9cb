// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/particles/cloud.hpp>
#include <proxcvx/particles/kernels.hpp>
#include <proxcvx/particles/stein_field.hpp>
#include <utility>

// Stein variational gradient descent (Liu & Wang 2016): x_i += eta phi(x_i),
//   phi(x) = mean_j [k(x_j, x) grad log p(x_j) + grad_{x_j} k(x_j, x)].

namespace proxcvx {

/// When SVGD ends and what it follows.
struct SVGDSettings {
  Index iterations = 1000;  ///< >= 0
  bool scaled = false;      ///< follow a phi, a = mean A_p phi/(2 lambda mean ||phi||^2), of the size of NVGD's field
  double lambda = 0.5;      ///< > 0, of that scale
};

/// SVGD{0.05, RBF{MedianHeuristic{}}, {.iterations = 1000}}.
/// A step costs n scores and O(n^2 d) for n particles in R^d (twice that where scaled), in O(nd) memory; a rule such as
/// the median heuristic comes on top. The same bits for any number of threads.
template <class Step = ConstantStep, class Kernel = RBF<>> class SVGD {
  static_assert(StepSize<Step>,
                "proxcvx::SVGD: the step size must be a callable t -> eta_t, such as ConstantStep{0.1}");
  static_assert(KernelRule<Kernel>, "proxcvx::SVGD: the second argument must be a kernel, such as RBF{1.0} or RBF{}");

 public:
  /// Throws std::invalid_argument unless iterations >= 0 and lambda > 0 is finite.
  explicit SVGD(Step step_size, Kernel kernel = Kernel{}, SVGDSettings settings = {})
      : step_size_{std::move(step_size)}, kernel_{std::move(kernel)}, settings_{settings} {
    detail::require_iterations(settings.iterations);
    require(settings.lambda > 0 && std::isfinite(settings.lambda), "lambda", "a finite number > 0", settings.lambda);
  }

  /// Moves the particles (d x n, a column each). Observers see the cloud before each step; each may end the run.
  /// Throws std::invalid_argument on particles that do not fit the target or are not finite, on none, on a step size
  /// that is not finite and > 0, or where the kernel's rule refuses the cloud.
  template <class T, class... Observers>
  [[nodiscard]] CloudResult<typename T::Scalar> run(const T& target, ConstMatrixRef<typename T::Scalar> particles,
                                                    Observers&&... observers) const {
    detail::require_cloud(target, particles);
    Dynamics<T> dynamics{target, *this};
    return detail::run_cloud<typename T::Scalar>(dynamics, particles, settings_.iterations, step_size_, observers...);
  }

  /// The field that a step follows, at each particle: d x n. Throws as run does, and where a score is not finite.
  template <class T>
  [[nodiscard]] Matrix<typename T::Scalar> direction(const T& target,
                                                     ConstMatrixRef<typename T::Scalar> particles) const {
    detail::require_cloud(target, particles);
    Dynamics<T> dynamics{target, *this};
    const Index failed = dynamics.evaluate(0, particles);
    require(failed < 0, "particles", "finite scores", "another at particle " + std::to_string(failed));
    return dynamics.direction();
  }

 private:
  template <class T> struct Dynamics {
    using Scalar = typename T::Scalar;

    const T& target;
    const SVGD& method;
    Matrix<Scalar> scores{};
    Matrix<Scalar> field{};
    Vector<Scalar> log_densities{};
    Vector<Scalar> stein{};
    Index evaluations = 0;

    [[nodiscard]] const Matrix<Scalar>& direction() const { return field; }
    void count(CloudResult<Scalar>& result) const { result.evaluations = evaluations; }

    [[nodiscard]] Index evaluate(Index /*t*/, const Matrix<Scalar>& particles) {
      const Index failed = detail::scores_by(particles, scores, log_densities, [&](Index i, VectorRef<Scalar> out) {
        return target.score(particles.col(i), out);
      });
      evaluations += particles.cols();
      if (failed >= 0) return failed;
      const Index far = detail::first_too_far(particles);  // a rule for the kernel could make nothing of it
      if (far >= 0) return far;
      field.resize(particles.rows(), particles.cols());
      const auto kernel = method.kernel_.on(particles);
      if (!method.settings_.scaled) {
        detail::stein_field<Scalar>(particles, scores, kernel, field);
        return detail::first_not_finite(field);
      }
      stein.resize(particles.cols());
      detail::stein_field<Scalar>(particles, scores, kernel, field, &stein);
      const Scalar squares = field.squaredNorm();
      if (squares > Scalar(0)) {
        field *= Scalar(stein.sum()) / (Scalar(2) * static_cast<Scalar>(method.settings_.lambda) * squares);
      }
      return detail::first_not_finite(field);
    }
    [[nodiscard]] Index advance(Index /*t*/, Scalar eta, const Matrix<Scalar>& particles, Matrix<Scalar>& next) const {
      next = particles + eta * field;
      return -1;
    }
  };

  Step step_size_;
  Kernel kernel_;
  SVGDSettings settings_;
};

SVGD(double)->SVGD<ConstantStep>;
template <class Kernel> SVGD(double, Kernel) -> SVGD<ConstantStep, Kernel>;
template <class Kernel> SVGD(double, Kernel, SVGDSettings) -> SVGD<ConstantStep, Kernel>;

}  // namespace proxcvx
