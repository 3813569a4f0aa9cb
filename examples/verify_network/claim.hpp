// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/measured.hpp>
#include <proxcvx/core/slope_functions.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/properties/any_point_property.hpp>
#include <proxcvx/properties/erased.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <proxcvx/verify/fit.hpp>
#include <proxcvx/verify/fit_frontier.hpp>
#include <proxcvx/verify/monitor_report.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>
#include <proxcvx/verify/prove_report.hpp>
#include <string>
#include <vector>

#include "processes.hpp"

// A claim is a property on a region with what the verbs do to it, free of types: the networks and losses of the program
// stand behind Objective and Proxy, so that each verb is compiled for three properties, in claim.cpp, and for no more.

namespace verify_network {

namespace pc = proxcvx;

using Form = pc::SlopeForm<pc::Interval>;
using Objective = pc::AnyObjective<double, Form>;
using Proxy = pc::AnyProxy<double, Form>;
using ProxyPL = pc::AnyProxyPL<double, Form>;
using ProxyConvexity = pc::AnyProxyConvexity<double, Form>;
using ConvexityAtReference = pc::AtReference<ProxyConvexity>;
using Reference = pc::AnyReference<double>;
using MovingConvexity = pc::AnyMovingConvexity<double, Form>;
using LocalClaim = pc::AnyPointProperty<double>;

using Vector = pc::Vector<double>;
using CheckObserver = std::function<void(const pc::CheckReport&)>;
using SearchObserver = std::function<void(const pc::FalsifyReport&)>;
using RunObserver = std::function<void(const pc::Iterate<double>&)>;

/// A guarantee of any kind. Where `see` is there the bound is made of what the run shows: it is told of each iterate
/// first.
struct Theorem {
  std::string name;
  pc::Measured measured;
  std::function<double(pc::Index)> bound;
  RunObserver see = {};
};

/// The constants of a claim as sharp as samples and searches allow, one by one.
struct Fitted {
  std::vector<pc::FitReport> constants;
  std::optional<pc::Frontier> frontier;  ///< of (mu, xi), for proxy PL, unless the time was over
};

/// Proxy PL constants at points, xi = 0: of a region no more than measured.
struct MeasuredConstants {
  std::string proxy;  ///< what they speak of
  double alpha = 1;
  double mu_at_start = 0;
  double mu_least = 0;
  double mu_largest = 0;
  pc::Index points = 0;  ///< the start and the first samples of the region
};

/// What watches a run.
struct Watch {
  RunObserver see;
  std::function<pc::MonitorReport()> report;
};

/// A property on a region, the proxy that its guarantee speaks of, and the guarantee or why there is none; and what
/// the verbs find. A verb that the property does not admit is empty, and `unavailable` says why. `limit`, where there
/// is one, may end a verb early, which makes its statement weaker; check and falsify share their work among processes,
/// each of which calls them.
struct Claim {
  std::string name;
  std::function<pc::CheckReport(const pc::CheckSettings&, const CheckObserver&, const pc::TimeLimit* limit,
                                const Processes&)>
      check;
  std::function<pc::FalsifyReport(const pc::FalsifySettings&, const SearchObserver&, const pc::TimeLimit* limit,
                                  const Processes&)>
      falsify;
  std::function<Fitted(const pc::FitSettings&, const pc::TimeLimit* limit)> fit;
  /// On the cube inscribed in the ball; within `seconds`. Only for up to `reach` variables.
  std::function<pc::ProofReport(double seconds, int threads)> prove;
  /// What a theorem of the literature says of the claim for these data; empty where there is none.
  std::function<pc::TheoremReport()> prove_by_theorem;
  std::map<std::string, std::string> unavailable;                ///< verb -> why
  pc::Index affordable = std::numeric_limits<pc::Index>::max();  ///< samples, where the user does not say how many
  std::string remark;                                            ///< what is left out
  std::function<MeasuredConstants()> measure;                    ///< empty where the constants are claimed
  pc::Index variables = 0;                                       ///< those of a proof: the parameters, twice for pairs
  std::string cube;                                              ///< where it is tried, in words
  /// Watches a run's iterates; a pair property's against the region's centre, from which the run starts. `every`: of
  /// how many iterates one is kept. `expectation`: the theorem speaks of the mean of many runs.
  std::function<Watch(const std::optional<Theorem>& theorem, pc::Index every, bool expectation)> monitor;
  /// What a witness file says of the claim now; throws as proxcvx::replay does.
  std::function<pc::Verdict(const std::filesystem::path&)> replay;
  std::string proxy_name;
  std::function<double(const Vector&)> proxy;
  double level = 0;  ///< xi, or the reference level: what the guarantee tends to
  std::optional<Theorem> theorem;
  std::string note;

  static constexpr pc::Index reach = 8;
  [[nodiscard]] bool within_reach() const { return variables <= reach; }
};

/// The claim that the property holds on `region`, about the proxy g.
[[nodiscard]] Claim claim(const ProxyPL& property, const pc::Ball<double>& region, const Proxy& g, double level);
[[nodiscard]] Claim claim(const ProxyConvexity& property, const pc::Ball<double>& region, const Proxy& g, double level);
[[nodiscard]] Claim claim(const ConvexityAtReference& property, const pc::Ball<double>& region, const Proxy& g,
                          double level);
/// A reference that moves with w has no formula that could be proved on a cube, and its inequality no constants.
[[nodiscard]] Claim claim(const MovingConvexity& property, const pc::Ball<double>& region, const Proxy& g);
/// A claim whose constants depend on w: its margin alone is at hand. `affordable`: samples that are worth their time; a
/// monitor looks at no more iterates.
[[nodiscard]] Claim claim(const LocalClaim& property, const pc::Ball<double>& region, const Proxy& g,
                          pc::Index affordable);

}  // namespace verify_network
