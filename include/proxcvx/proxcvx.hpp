// SPDX-License-Identifier: MIT
#pragma once

// Everything that needs no optional dependency, in one include. Parts that do need one (JSON, zlib) are headers of
// their own. The order is the house's: a folder includes only folders above it.

#include <proxcvx/version.hpp>

#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/eigen.hpp>
#include <proxcvx/core/interval.hpp>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/interval_pair.hpp>
#include <proxcvx/core/measured.hpp>
#include <proxcvx/core/min_norm_point.hpp>
#include <proxcvx/core/one_term.hpp>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/philox.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/ridge.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/slope_form.hpp>
#include <proxcvx/core/slope_functions.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/core/wider.hpp>

#include <proxcvx/data/dataset.hpp>
#include <proxcvx/data/geoff.hpp>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/data/scaling.hpp>
#include <proxcvx/data/split.hpp>

#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/initialization.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/rounding.hpp>
#include <proxcvx/networks/two_layer.hpp>

#include <proxcvx/gram/eigenvalue_bound.hpp>
#include <proxcvx/gram/infinite_width.hpp>
#include <proxcvx/gram/shifted_cholesky.hpp>
#include <proxcvx/gram/smallest_eigenvalue.hpp>
#include <proxcvx/gram/symmetric_tiles.hpp>
#include <proxcvx/gram/tangent_kernel.hpp>

#include <proxcvx/objectives/affine_substitution.hpp>
#include <proxcvx/objectives/analytic_function.hpp>
#include <proxcvx/objectives/any_objective.hpp>
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/differentiate.hpp>
#include <proxcvx/objectives/dual.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/gradient_check.hpp>
#include <proxcvx/objectives/hoelder_loss.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <proxcvx/objectives/matrix_factorization.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/ridge_risk.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/objectives/tracked.hpp>
#include <proxcvx/objectives/weight_decay.hpp>

#include <proxcvx/proxies/affine.hpp>
#include <proxcvx/proxies/any_proxy.hpp>
#include <proxcvx/proxies/classification_error.hpp>
#include <proxcvx/proxies/combination.hpp>
#include <proxcvx/proxies/constant.hpp>
#include <proxcvx/proxies/distance_squared.hpp>
#include <proxcvx/proxies/local_modulus.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/proxies/neuron_proxy.hpp>
#include <proxcvx/proxies/worst_slope_risk.hpp>

#include <proxcvx/properties/at_reference.hpp>
#include <proxcvx/properties/calculus.hpp>
#include <proxcvx/properties/erased.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/hessian_bound.hpp>
#include <proxcvx/properties/hoelder_gradient.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/properties/open_claim.hpp>
#include <proxcvx/properties/open_constants.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/properties/tangent_margin.hpp>

#include <proxcvx/regions/ball.hpp>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/regions/gaussian.hpp>
#include <proxcvx/regions/segment.hpp>
#include <proxcvx/regions/slice.hpp>
#include <proxcvx/regions/sphere.hpp>

#include <proxcvx/optimize/adaptive.hpp>
#include <proxcvx/optimize/batches.hpp>
#include <proxcvx/optimize/crossprop.hpp>
#include <proxcvx/optimize/crossprop_descent.hpp>
#include <proxcvx/optimize/crossprop_features.hpp>
#include <proxcvx/optimize/crossprop_outputs.hpp>
#include <proxcvx/optimize/crossprop_rules.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/result.hpp>
#include <proxcvx/optimize/step_sizes.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/optimize/stochastic_run.hpp>

#include <proxcvx/verify/bisection.hpp>
#include <proxcvx/verify/branch_and_bound.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/check_points.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/confidence.hpp>
#include <proxcvx/verify/descent.hpp>
#include <proxcvx/verify/escalation.hpp>
#include <proxcvx/verify/evolution.hpp>
#include <proxcvx/verify/exact_zeros.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <proxcvx/verify/falsify_report.hpp>
#include <proxcvx/verify/fit.hpp>
#include <proxcvx/verify/fit_alpha.hpp>
#include <proxcvx/verify/fit_frontier.hpp>
#include <proxcvx/verify/fit_report.hpp>
#include <proxcvx/verify/fit_table.hpp>
#include <proxcvx/verify/gradient_points.hpp>
#include <proxcvx/verify/histogram.hpp>
#include <proxcvx/verify/margin_enclosure.hpp>
#include <proxcvx/verify/measure_growth.hpp>
#include <proxcvx/verify/monitor.hpp>
#include <proxcvx/verify/monitor_report.hpp>
#include <proxcvx/verify/monitor_table.hpp>
#include <proxcvx/verify/prove.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>
#include <proxcvx/verify/prove_report.hpp>
#include <proxcvx/verify/ranks.hpp>
#include <proxcvx/verify/refine.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/report_observer.hpp>
#include <proxcvx/verify/ridge_terms.hpp>
#include <proxcvx/verify/rows.hpp>
#include <proxcvx/verify/scenario.hpp>
#include <proxcvx/verify/search_space.hpp>
#include <proxcvx/verify/shrink.hpp>
#include <proxcvx/verify/shrink_problem.hpp>
#include <proxcvx/verify/starts.hpp>
#include <proxcvx/verify/statistics.hpp>
#include <proxcvx/verify/table.hpp>
#include <proxcvx/verify/termwise.hpp>
#include <proxcvx/verify/verdict.hpp>
#include <proxcvx/verify/watched_proxy.hpp>

#include <proxcvx/guarantees/guarantee.hpp>
#include <proxcvx/guarantees/proxy_convexity.hpp>
#include <proxcvx/guarantees/proxy_pl.hpp>
#include <proxcvx/guarantees/stochastic_pl.hpp>
#include <proxcvx/guarantees/unbounded_gradients.hpp>

#include <proxcvx/instances/agnostic_neuron.hpp>
#include <proxcvx/instances/convex_risk.hpp>
#include <proxcvx/instances/factorized_matrix.hpp>
#include <proxcvx/instances/halfspace_reference.hpp>
#include <proxcvx/instances/lazy_training.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/instances/over_parameterized.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/polyak_lojasiewicz.hpp>
#include <proxcvx/instances/unbounded_sgd.hpp>

#include <proxcvx/diffusion/ensemble.hpp>
#include <proxcvx/diffusion/gradient_noise.hpp>
#include <proxcvx/diffusion/integrators.hpp>
#include <proxcvx/diffusion/linear_moments.hpp>
#include <proxcvx/diffusion/modified_equation.hpp>
#include <proxcvx/diffusion/modified_loss.hpp>
#include <proxcvx/diffusion/ornstein_uhlenbeck.hpp>
#include <proxcvx/diffusion/path_sums.hpp>
#include <proxcvx/diffusion/quadratic_moments.hpp>
#include <proxcvx/diffusion/weak_error.hpp>
#include <proxcvx/diffusion/weak_error_report.hpp>

#include <proxcvx/particles/cloud.hpp>
#include <proxcvx/particles/curved_targets.hpp>
#include <proxcvx/particles/discrepancies.hpp>
#include <proxcvx/particles/gaussian_divergence.hpp>
#include <proxcvx/particles/kernels.hpp>
#include <proxcvx/particles/langevin.hpp>
#include <proxcvx/particles/median_distance.hpp>
#include <proxcvx/particles/moments.hpp>
#include <proxcvx/particles/normal_targets.hpp>
#include <proxcvx/particles/nvgd.hpp>
#include <proxcvx/particles/pair_tiles.hpp>
#include <proxcvx/particles/posterior.hpp>
#include <proxcvx/particles/stein_field.hpp>
#include <proxcvx/particles/stein_loss.hpp>
#include <proxcvx/particles/stein_witness.hpp>
#include <proxcvx/particles/svgd.hpp>
#include <proxcvx/particles/target.hpp>

#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/io/csv.hpp>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/io/labelled_data.hpp>
#include <proxcvx/io/proof_file.hpp>
#include <proxcvx/io/saved_check.hpp>
#include <proxcvx/io/saved_falsify.hpp>
#include <proxcvx/io/sealed_text.hpp>
#include <proxcvx/io/witness_file.hpp>

#include <proxcvx/plot/cloud_picture.hpp>
#include <proxcvx/plot/frontier_picture.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <proxcvx/plot/histogram_picture.hpp>
#include <proxcvx/plot/monitor_picture.hpp>
#include <proxcvx/plot/page.hpp>
#include <proxcvx/plot/run_picture.hpp>

#include <proxcvx/distributed/launcher.hpp>
