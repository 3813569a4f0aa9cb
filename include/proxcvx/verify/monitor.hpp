// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/monitor_report.hpp>
#include <proxcvx/verify/monitor_table.hpp>
#include <proxcvx/verify/watched_proxy.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// monitor: a property's margin at every iterate of a run, a proxy beside what a theorem promises of it, and the
// distance to a reference, by an observer that any optimizer can be handed. What fails first, and when, is remembered.

namespace proxcvx {

/// What a monitor keeps, and when it ends the run.
struct MonitorSettings {
  Index every = 1;  ///< keep a row at each every-th iterate (64 bytes a row); each iterate is examined all the same
  bool stop =
      false;  ///< end the run at the first failure: a violation that stands, what is not finite, a bound exceeded
  Vector<double> distance_to = {};  ///< v of ||w_t - v||; if empty, the property's own reference or references, if any
};

/// Watches one run of any optimizer: hand it to `minimize` by name, then ask for its `report()`.
/// An iterate costs a margin, or one for each reference (check's all-pairs product where the property has one: a
/// gradient, and an h for each reference), one g and O(p) for each distance; nothing is allocated beyond the row,
/// unless a margin has to be taken again in a wider scalar, as the first violation has.
template <class Property, class G = detail::NoProxy, class Bound = detail::NoBound> class Monitor {
  static_assert(detail::expect_property<Property>());

 public:
  using Scalar = typename Property::Scalar;

  /// Watches a point property. Throws std::invalid_argument unless every >= 1 and distance_to is finite and fits.
  explicit Monitor(Property property, MonitorSettings settings = {}) requires(std::is_same_v<G, detail::NoProxy>)
      : Monitor(std::move(property), Matrix<Scalar>{}, WatchedProxy<G, Bound>{{}}, std::move(settings), false) {}
  /// Watches a point property and a proxy, with the bound that the proxy brings, if any.
  Monitor(Property property, WatchedProxy<G, Bound> proxy, MonitorSettings settings = {})
      : Monitor(std::move(property), Matrix<Scalar>{}, std::move(proxy), std::move(settings), false) {}
  /// Watches a pair property against fixed references, a column each.
  /// Throws std::invalid_argument unless there is one, and they are finite and fit the property.
  template <class Derived>
  Monitor(Property property, const Eigen::MatrixBase<Derived>& references,
          MonitorSettings settings = {}) requires(std::is_same_v<G, detail::NoProxy>)
      : Monitor(std::move(property), Matrix<Scalar>(references), WatchedProxy<G, Bound>{{}}, std::move(settings),
                true) {}
  /// Watches a pair property against fixed references, and a proxy.
  template <class Derived>
  Monitor(Property property, const Eigen::MatrixBase<Derived>& references, WatchedProxy<G, Bound> proxy,
          MonitorSettings settings = {})
      : Monitor(std::move(property), Matrix<Scalar>(references), std::move(proxy), std::move(settings), true) {}

  /// Examines w_t. Throws std::invalid_argument when w_t has another dimension than the property, t does not grow, or,
  /// beside a bound, t is not 0, 1, 2, ... (bounds speak of all iterates of a run from its start) or the run takes
  /// another step size than the guarantee was made for.
  Flow operator()(const Iterate<Scalar>& iterate) {
    require_next(iterate);
    const SingleThreadedEigen guard;
    MarginStatistics here;
    examine(iterate, here);
    MonitorRow row;
    row.t = iterate.t;
    row.outcome = worst_outcome(here);
    if (here.smallest.found()) {
      row.margin = here.smallest.value;
      row.error = here.smallest.error;
    }
    const bool new_smallest = here.smallest.before(statistics_.smallest);
    if (here.worst_violation.before(statistics_.worst_violation)) worst_ = iterate.w;
    statistics_.merge(here);
    bool failed = margin_failed(iterate.w, row.t, here);
    if constexpr (watches_proxy) failed = watch_proxy(iterate.w, row) || failed;
    row.distance = distance(iterate.w);
    if (new_smallest) smallest_ = row;
    if (failed && first_failure_.t == row.t) failure_row_ = row;
    if (seen_ % settings_.every == 0) rows_.push_back(row);
    last_ = row;
    ++seen_;
    return failed && settings_.stop ? Flow::stop : Flow::proceed;
  }

  /// What was found so far. The witness is the worst violation, evaluated again in the widest scalar, or where that
  /// does not stand the first one that did. O(rows) beyond.
  [[nodiscard]] MonitorReport report() const {
    MonitorReport report;
    CheckReport& inequality = report.inequality;
    inequality = detail::new_report(property_, 0.99);
    inequality.pairs = pairs_;
    inequality.sampled = false;
    inequality.samples = seen_;
    inequality.region = "iterates of a run";
    if (pairs_)
      inequality.region +=
          " against " + std::to_string(references_.cols()) + (references_.cols() == 1 ? " reference" : " references");
    inequality.statistics = statistics_;
    if (statistics_.worst_violation.found()) {
      const SingleThreadedEigen guard;
      inequality.witness = evaluated_again(worst_, statistics_.worst_violation);
      if (!inequality.witness->stands && first_violation_.stands) inequality.witness = first_violation_;
    }
    report.measures_distance = targets_.cols() > 0;
    if constexpr (watches_proxy) report.proxy = proxy_report_;
    if (first_failure_.t >= 0) report.first_failure = first_failure_;
    report.rows = rows_;
    for (const MonitorRow& row : {smallest_, failure_row_, last_}) insert(report.rows, row);
    return report;
  }

 private:
  static constexpr bool watches_proxy = !std::is_same_v<G, detail::NoProxy>;

  Monitor(Property property, Matrix<Scalar> references, WatchedProxy<G, Bound> proxy, MonitorSettings settings,
          bool pairs)
      : property_{std::move(property)},
        escalation_{property_},
        references_{std::move(references)},
        proxy_{std::move(proxy)},
        settings_{std::move(settings)},
        pairs_{pairs},
        measure_{proxy_.measured()} {
    require(settings_.every >= 1, "every", "a number >= 1", settings_.every);
    const Index p = property_.dimension();
    if (pairs_) {
      require(PairProperty<Property>, "references: expected a pair property, margin(w, v), beside them");
      require(references_.rows() == p, "references", "columns of dimension " + std::to_string(p), references_.rows());
      require(references_.cols() >= 1, "references", "at least one column", references_.cols());
      require(references_.allFinite(), "references: expected finite entries");
    } else {
      require(PointProperty<Property>, "property: expected references beside a pair property");
    }
    choose_targets();
    worst_.setZero(p);
    rows_.reserve(64);
    if constexpr (watches_proxy) {
      proxy_report_.proxy = proxy_.name();
      proxy_report_.measured = proxy_.measured();
      proxy_report_.rigorous_rounding = detail::bounds_itself<G>;
      if constexpr (WatchedProxy<G, Bound>::bounded) {
        proxy_report_.bounded = true;
        proxy_report_.theorem = proxy_.theorem();
        proxy_report_.expectation = proxy_.expectation();
      }
    }
  }

  void choose_targets() {
    const Vector<double>& v = settings_.distance_to;
    if (v.size() > 0) {
      const Index p = property_.dimension();
      require(v.size() == p, "distance_to", "a vector of dimension " + std::to_string(p), v.size());
      require(v.allFinite(), "distance_to: expected finite entries");
      targets_ = v.template cast<Scalar>();
    } else if (pairs_) {
      targets_ = references_;
    } else if constexpr (requires {
                           { property_.reference() } -> std::same_as<const Vector<Scalar>&>;
                         }) {
      targets_ = property_.reference();
    }
  }

  /// The words are only put together where they are needed.
  void require_next(const Iterate<Scalar>& iterate) const {
    const Index p = property_.dimension();
    if (iterate.w.size() != p) require(false, "iterate", "dimension " + std::to_string(p), iterate.w.size());
    constexpr bool bounded = WatchedProxy<G, Bound>::bounded;
    const Index least = bounded || seen_ == 0 ? seen_ : last_.t + 1;
    const double promised = proxy_.step_size();
    const auto taken = static_cast<double>(iterate.step_size);
    if (!std::isnan(promised) && !(std::abs(taken - promised) <= detail::run_rounding<Scalar> * promised)) {
      require(false, "step_size", detail::shortest(promised, 17) + ", for which the guarantee was made", taken);
    }
    if (bounded ? iterate.t == least : iterate.t >= least) return;
    require(false, "iterate",
            bounded ? "t = " + std::to_string(least) + ", since a monitor with a bound watches one run from its start"
                    : "t >= " + std::to_string(least) + ", since a monitor watches one run",
            iterate.t);
  }

  void examine(const Iterate<Scalar>& iterate, MarginStatistics& here) const {
    if constexpr (PointProperty<Property>) {
      if (!pairs_) detail::examine_point(property_, escalation_, iterate.w, iterate.t, false, here);
    }
    if constexpr (PairProperty<Property>) {
      if (!pairs_) return;
      for (Index first = 0; first < references_.cols(); first += block_size) {
        const Index columns = std::min(block_size, references_.cols() - first);
        detail::examine_pairs(property_, escalation_, iterate.w, references_.middleCols(first, columns), iterate.t,
                              first, false, here);
      }
    }
  }

  /// The margin at w, against its reference if it has one, in the widest scalar.
  [[nodiscard]] Witness evaluated_again(const Vector<Scalar>& w, const LocatedMargin& margin) const {
    Witness witness;
    if constexpr (PointProperty<Property>) {
      if (!pairs_) witness = detail::evaluated_again(escalation_, w);
    }
    if constexpr (PairProperty<Property>) {
      if (pairs_) witness = detail::evaluated_again(escalation_, w, references_.col(margin.reference).eval());
    }
    witness.point = margin.point;
    witness.reference = margin.reference;
    return witness;
  }

  /// Whether a margin at w_t fails. A violation does where it stands in the widest scalar, in which iterates are
  /// evaluated again until the first one stands.
  bool margin_failed(const Vector<Scalar>& w, Index t, const MarginStatistics& here) {
    if (here.violated > 0 && !first_violation_.stands) first_violation_ = evaluated_again(w, here.worst_violation);
    const bool violated = here.violated > 0 && first_violation_.stands;
    if (violated || here.non_finite > 0) note_failure(t, violated ? "margin violated" : "margin not finite");
    return violated || here.non_finite > 0;
  }

  [[nodiscard]] static Outcome worst_outcome(const MarginStatistics& here) {
    if (here.violated > 0) return Outcome::violated;
    if (here.non_finite > 0) return Outcome::non_finite;
    return here.undecided > 0 ? Outcome::undecided : Outcome::satisfied;
  }

  void note_failure(Index t, const char* what) {
    if (first_failure_.t < 0 || first_failure_.t == t) {
      first_failure_.what += (first_failure_.t == t ? ", " : "") + std::string(what);
      first_failure_.t = t;
    }
  }

  /// Measures g at w_t and holds it beside the bound. Returns whether that failed.
  bool watch_proxy(const Vector<Scalar>& w, MonitorRow& row) {
    const BoundedValue<double> g = detail::in_double(bounded_proxy_value<Scalar>(proxy_.proxy(), w));
    const BoundedValue<double> measured = measure_.record(g);
    row.proxy = g.value;
    row.measured = measured.value;
    bool failed = !is_finite(g.value);
    if (failed) note_failure(row.t, "proxy not finite");
    if constexpr (WatchedProxy<G, Bound>::bounded) {
      const Index T = proxy_.measured() == Measured::last_iterate ? row.t : row.t + 1;
      if (T == 0) return failed;  // g(w_0) is no theorem's business
      row.bound = proxy_.bound(T);
      const BrokenPromise here{T, row.t, row.measured, row.bound};
      const Kept kept = detail::held_beside(measured, row.bound, detail::run_rounding<Scalar>);
      ProxyReport& found = proxy_report_;
      if (kept == Kept::yes) ++found.kept;
      if (kept == Kept::undecided) ++found.undecided;
      if (kept == Kept::non_finite) ++found.non_finite;
      if ((kept == Kept::undecided || kept == Kept::non_finite) && !found.first_open) found.first_open = here;
      if (kept == Kept::no) {
        ++found.exceeded;
        if (!found.first_exceeded) found.first_exceeded = here;
        if (!found.expectation) {
          failed = true;
          note_failure(row.t, "bound exceeded");
        }
      }
    }
    return failed;
  }

  /// ||w - v|| for the nearest v; NaN where there is none, or w is NaN.
  [[nodiscard]] double distance(const Vector<Scalar>& w) const {
    double least = std::numeric_limits<double>::quiet_NaN();
    for (Index j = 0; j < targets_.cols(); ++j) {
      const auto length = static_cast<double>(scaled_norm(w - targets_.col(j)));
      if (std::isnan(length)) return length;
      least = std::isnan(least) ? length : std::min(least, length);
    }
    return least;
  }

  /// Keeps rows ascending in t, each t once.
  static void insert(std::vector<MonitorRow>& rows, const MonitorRow& row) {
    if (row.t < 0) return;
    const auto at = std::ranges::lower_bound(rows, row.t, {}, &MonitorRow::t);
    if (at == rows.end() || at->t != row.t) rows.insert(at, row);
  }

  Property property_;
  detail::Escalation<Property> escalation_;
  Matrix<Scalar> references_;
  WatchedProxy<G, Bound> proxy_;
  MonitorSettings settings_;
  bool pairs_;
  Matrix<Scalar> targets_;  ///< what distances are measured to
  detail::RunningMeasure measure_;
  MarginStatistics statistics_;
  ProxyReport proxy_report_;
  Vector<Scalar> worst_;     ///< the iterate of the worst violation
  Witness first_violation_;  ///< the first one that stands, or else the last one that was tried
  MonitorFailure first_failure_;
  std::vector<MonitorRow> rows_;
  MonitorRow smallest_{.t = -1};
  MonitorRow failure_row_{.t = -1};
  MonitorRow last_{.t = -1};
  Index seen_ = 0;
};

}  // namespace proxcvx
