// SPDX-License-Identifier: MIT
#include "outcome.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <proxcvx/io/saved_check.hpp>
#include <proxcvx/io/saved_falsify.hpp>

namespace verify_network {

namespace {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// g(w_t) of each repeat, for every claim: values[claim][repeat][t].
using Trajectories = std::vector<std::vector<std::vector<double>>>;

struct Estimate {
  double mean = 0;
  double standard_error = 0;
};

[[nodiscard]] Estimate estimate(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  double squares = 0;
  for (const double value : values) squares += (value - sum / n) * (value - sum / n);
  return {sum / n, values.size() > 1 ? std::sqrt(squares / (n - 1) / n) : 0.0};
}

/// The quantity that a theorem bounds, for T = 1, 2, ...: the mean over repeats of g(w_t) and its error, turned into
/// the running mean or the running minimum.
[[nodiscard]] std::vector<Estimate> measured(const std::vector<std::vector<double>>& repeats, pc::Measured what) {
  std::size_t length = repeats.front().size();
  for (const auto& values : repeats) length = std::min(length, values.size());
  std::vector<Estimate> result;
  std::vector<double> sums(repeats.size(), 0.0);
  std::vector<double> now(repeats.size());
  for (std::size_t t = 0; t < length; ++t) {
    for (std::size_t r = 0; r < repeats.size(); ++r) {
      sums[r] += repeats[r][t];
      now[r] = what == pc::Measured::average_iterate ? sums[r] / static_cast<double>(t + 1) : repeats[r][t];
    }
    const Estimate here = estimate(now);
    const bool keeps_best = what == pc::Measured::best_iterate && !result.empty() && result.back().mean <= here.mean;
    result.push_back(keeps_best ? result.back() : here);
  }
  return result;
}

/// Holds the runs beside the theorem. A run that `ended_finite` is false of has broken it where it ended.
[[nodiscard]] GuaranteeOutcome hold(const Theorem& theorem, const std::string& proxy_name,
                                    const std::vector<std::vector<double>>& repeats, bool ended_finite) {
  GuaranteeOutcome outcome;
  outcome.theorem = theorem.name;
  const bool best = theorem.measured == pc::Measured::best_iterate;
  outcome.quantity = (best ? "min over t < T of " : "mean over t < T of ") + proxy_name + " at w_t" +
                     (repeats.size() > 1 ? ", mean of " + std::to_string(repeats.size()) + " runs" : "");
  const auto curve = measured(repeats, theorem.measured);
  outcome.held = !curve.empty();
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double bound = theorem.bound(static_cast<pc::Index>(i + 1));
    const double slack = 4 * curve[i].standard_error + 1e-12 * std::abs(bound);
    if (!(curve[i].mean <= bound + slack)) {  // a NaN does not hold
      outcome.held = false;
      if (outcome.first_broken == 0) outcome.first_broken = static_cast<pc::Index>(i + 1);
    }
    outcome.bounds.push_back(bound);
    outcome.measurements.push_back(curve[i].mean);
  }
  if (!ended_finite && outcome.held) {
    outcome.held = false;
    outcome.first_broken = static_cast<pc::Index>(curve.size() + 1);
  }
  if (curve.empty()) return outcome;
  outcome.bound = outcome.bounds.back();
  outcome.measured = curve.back().mean;
  outcome.standard_error = curve.back().standard_error;
  outcome.vacuous = outcome.bound >= curve.front().mean;  // at T = 1 every quantity is g(w_0)
  return outcome;
}

[[nodiscard]] std::vector<double> mean_of(const std::vector<std::vector<double>>& repeats) {
  std::vector<double> mean;
  for (const Estimate& one : measured(repeats, pc::Measured::last_iterate)) mean.push_back(one.mean);
  return mean;
}

/// "check", "falsify", ... of a claim, as its saved report is called in the folder of --out.
[[nodiscard]] std::filesystem::path saved_name(const std::string& claim, const char* verb) {
  return claim + "-" + verb + ".saved";
}

/// What the verbs have in common.
struct Work {
  const Options& options;
  const Processes& processes;
  const Progress& progress;
  const Checkpoint& checkpoint;
  Outcome& outcome;
  const pc::TimeLimit* limit;

  /// What an earlier run left of this verb, or nothing. Rank 0 reads it for all: `read` makes a report of the file,
  /// `parse` of the report's text.
  template <class Read, class Parse>
  [[nodiscard]] auto earlier(const std::string& claim, const char* verb, const Read& read, const Parse& parse) const {
    std::optional<decltype(read(std::filesystem::path{}))> found;
    if (options.resume.empty()) return found;
    const std::filesystem::path file = std::filesystem::path(options.resume) / saved_name(claim, verb);
    std::string text;
    if (processes.rank() == 0 && std::filesystem::exists(file)) text = pc::saved_text(read(file));
    text = processes.first_text(text);
    if (!text.empty()) found = parse(file.string(), text);
    return found;
  }
  /// Saves the report of a verb so far, every few seconds, where there is a folder.
  [[nodiscard]] std::optional<pc::SaveEvery> saver(const std::string& claim, const char* verb) const {
    if (options.out.empty()) return std::nullopt;
    return pc::SaveEvery(std::filesystem::path(options.out) / saved_name(claim, verb), 2);
  }
};

void run_check(const Work& work, const Claim& claim, PropertyOutcome& property) {
  const Stopwatch watch;
  const pc::Index samples = work.options.samples_of(claim.affordable);
  pc::CheckSettings settings{.samples = samples,
                             .seed = pc::Seed{work.options.seed},
                             .threads = work.options.threads,
                             .confidence = work.options.confidence};
  property.checked = work.options.does("check");
  if (!property.checked) settings.last_block = 0;
  if (property.checked) settings.after = work.earlier(claim.name, "check", pc::read_saved_check, pc::parse_saved_check);
  auto save = work.saver(claim.name, "check");
  double shown = 0;
  work.progress("checking " + claim.name, 0, static_cast<double>(samples));
  property.report = claim.check(
      settings,
      [&](const pc::CheckReport& so_far) {
        work.progress("checking " + so_far.property, static_cast<double>(so_far.statistics.independent),
                      static_cast<double>(so_far.samples));
        if (save) (*save)(so_far);
        if (watch.seconds() - shown > 2) {
          shown = watch.seconds();
          property.report = so_far;
          work.checkpoint(work.outcome);
        }
      },
      property.checked ? work.limit : nullptr, work.processes);
  if (property.checked) work.outcome.seconds.emplace_back("check " + claim.name, watch.seconds());
  work.checkpoint(work.outcome);
}

void run_search(const Work& work, const Claim& claim, PropertyOutcome& property) {
  const Stopwatch watch;
  pc::FalsifySettings settings{.evaluations = work.options.search_evaluations(),
                               .seed = pc::Seed{work.options.seed},
                               .threads = work.options.threads};
  settings.after = work.earlier(claim.name, "falsify", pc::read_saved_falsify, pc::parse_saved_falsify);
  auto save = work.saver(claim.name, "falsify");
  property.search = claim.falsify(
      settings,
      [&](const pc::FalsifyReport& so_far) {
        work.progress("searching " + so_far.property, static_cast<double>(so_far.last_start),
                      static_cast<double>(so_far.starts));
        if (save) (*save)(so_far);
      },
      work.limit, work.processes);
  work.outcome.seconds.emplace_back("falsify " + claim.name, watch.seconds());
  work.checkpoint(work.outcome);
}

void run_fit(const Work& work, const Claim& claim, PropertyOutcome& property) {
  const Stopwatch watch;
  work.progress("fitting " + claim.name, 0, 1);
  property.fitted = claim.fit({.samples = work.options.samples_of(claim.affordable),
                               .evaluations = work.options.search_evaluations(),
                               .seed = pc::Seed{work.options.seed},
                               .threads = work.options.threads,
                               .confidence = work.options.confidence},
                              work.limit);
  work.outcome.seconds.emplace_back("fit " + claim.name, watch.seconds());
  work.checkpoint(work.outcome);
}

void run_theorem(const Work& work, const Claim& claim, PropertyOutcome& property) {
  if (!claim.prove_by_theorem) return;
  const Stopwatch watch;
  work.progress("proving " + claim.name + " by theorem", 0, 1);
  property.by_theorem = claim.prove_by_theorem();
  work.outcome.seconds.emplace_back("prove " + claim.name + " by theorem", watch.seconds());
}

void run_proof(const Work& work, const Claim& claim, PropertyOutcome& property) {
  run_theorem(work, claim, property);
  if (!claim.prove) {
    property.unproved = "not available for this property: " + claim.unavailable.at("prove");
    return;
  }
  if (!claim.within_reach()) {
    property.unproved = "out of reach: " + std::to_string(claim.variables) + " variables, a proof takes at most " +
                        std::to_string(Claim::reach);
    return;
  }
  const Stopwatch watch;
  work.progress("proving " + claim.name, 0, 1);
  property.proof = claim.prove(work.options.time_limit.value_or(60), work.options.threads);
  work.outcome.seconds.emplace_back("prove " + claim.name, watch.seconds());
  work.checkpoint(work.outcome);
}

void run_verbs(const Work& work, const Study& study) {
  for (const Claim& claim : study.claims) {
    work.outcome.properties.push_back(
        {.proxy_name = claim.proxy_name, .level = claim.level, .note = claim.note, .remark = claim.remark});
    PropertyOutcome& property = work.outcome.properties.back();
    for (const auto& [verb, why] : claim.unavailable) {
      if (verb != "prove" && work.options.does(verb)) property.unavailable.emplace_back(verb, why);
    }
    run_check(work, claim, property);
    if (work.options.does("falsify") && claim.falsify) run_search(work, claim, property);
    if (work.processes.rank() > 0) continue;
    if (claim.measure) property.measured = claim.measure();
    if (work.options.does("fit") && claim.fit) run_fit(work, claim, property);
    if (work.options.does("prove")) run_proof(work, claim, property);
  }
}

void run_optimizer(const Options& o, const Study& study, const Progress& progress, Outcome& outcome) {
  const Stopwatch watch;
  const pc::Index repeats = o.stochastic() ? o.repeats : 1;
  Trajectories trajectories(study.claims.size());
  RunOutcome run{.optimizer = o.optimizer, .step_size = study.step_size};
  run.initial_loss = study.objective(study.start);
  for (auto& of_claim : trajectories) of_claim.resize(static_cast<std::size_t>(repeats));
  std::vector<Watch> watches;
  for (const Claim& claim : study.claims) {
    if (!o.does("monitor")) break;
    const pc::Index every = std::max<pc::Index>(1, study.iterations / 100);
    watches.push_back(claim.monitor(claim.theorem, every, o.stochastic()));
  }
  std::vector<double> final_losses;
  std::vector<double> final_errors;
  run.status = std::string(pc::to_string(pc::Status::converged));
  for (pc::Index repeat = 0; repeat < repeats; ++repeat) {
    const auto result = study.minimize(repeat, [&](const pc::Iterate<double>& iterate) {
      for (std::size_t c = 0; c < study.claims.size(); ++c) {
        trajectories[c][static_cast<std::size_t>(repeat)].push_back(study.claims[c].proxy(iterate.w));
      }
      for (const Claim& claim : study.claims) {
        if (repeat == 0 && claim.theorem && claim.theorem->see) claim.theorem->see(iterate);
      }
      for (const Watch& watch : watches) {
        if (repeat == 0) watch.see(iterate);
      }
      progress("running " + o.optimizer, static_cast<double>(repeat * study.iterations + iterate.t + 1),
               static_cast<double>(repeats * study.iterations));
    });
    if (result.status == pc::Status::converged) {  // a gradient of exactly 0: w stays where it is
      for (auto& of_claim : trajectories) {
        auto& values = of_claim[static_cast<std::size_t>(repeat)];
        values.resize(static_cast<std::size_t>(study.iterations), values.back());
      }
    }
    run.iterations = std::max(run.iterations, result.iterations);
    run.finite = run.finite && result.status != pc::Status::non_finite;
    if (repeat == 0 || result.status != pc::Status::iteration_limit) run.status = pc::to_string(result.status);
    final_losses.push_back(result.last_value);
    if (study.training_error) final_errors.push_back(study.training_error(result.last));
  }
  run.final_loss = estimate(final_losses).mean;
  if (study.training_error) run.training_error = estimate(final_errors).mean;
  for (std::size_t c = 0; c < study.claims.size(); ++c) {
    PropertyOutcome& property = outcome.properties[c];
    property.proxy = mean_of(trajectories[c]);
    if (c < watches.size()) property.monitored = watches[c].report();
    if (study.claims[c].theorem) {
      property.guarantee = hold(*study.claims[c].theorem, property.proxy_name, trajectories[c], run.finite);
    }
  }
  const std::vector<double>& g = outcome.properties.front().proxy;
  run.proxy_best = g.empty() ? std::numeric_limits<double>::quiet_NaN() : *std::min_element(g.begin(), g.end());
  run.proxy_mean = g.empty() ? std::numeric_limits<double>::quiet_NaN() : estimate(g).mean;
  outcome.run = run;
  outcome.seconds.emplace_back("run", watch.seconds());
}

}  // namespace

pc::Verdict PropertyOutcome::check_verdict() const {
  const bool cut = !report.complete() && !report.may_stop && report.verdict() != pc::Verdict::violated;
  return cut ? pc::Verdict::inconclusive : report.verdict();
}

pc::Verdict PropertyOutcome::evidence() const {
  std::vector<pc::Verdict> verdicts;
  if (checked) verdicts.push_back(check_verdict());
  if (search) verdicts.push_back(search->verdict());
  if (monitored) verdicts.push_back(monitored->verdict());
  if (proof) verdicts.push_back(proof->verdict());
  if (by_theorem) verdicts.push_back(by_theorem->verdict());
  const auto any = [&](pc::Verdict verdict) {
    return std::find(verdicts.begin(), verdicts.end(), verdict) != verdicts.end();
  };
  if (any(pc::Verdict::violated)) return pc::Verdict::violated;
  if (any(pc::Verdict::proved_by_theorem)) return pc::Verdict::proved_by_theorem;
  if (any(pc::Verdict::proved_on_box)) return pc::Verdict::proved_on_box;
  return verdicts.empty() ? pc::Verdict::inconclusive : verdicts.front();
}

bool Outcome::good() const {
  if (!run || !run->finite) return false;
  return !properties.empty() && std::all_of(properties.begin(), properties.end(), [](const PropertyOutcome& property) {
    const bool checked = !property.checked || property.check_verdict() == pc::Verdict::no_violation_found;
    const bool kept = !property.guarantee || property.guarantee->held;
    return checked && kept && property.evidence() != pc::Verdict::violated;
  });
}

Outcome execute(const Options& options, const Problem& problem, const Study& study, const Processes& processes,
                const Progress& progress, const Checkpoint& checkpoint) {
  const Stopwatch watch;
  Outcome outcome{.data = problem.name,
                  .samples = problem.data.size(),
                  .dimension = problem.data.dimension(),
                  .parameters = study.start.size(),
                  .network = study.network,
                  .loss = study.loss,
                  .classes = study.loss == "softmax" ? problem.data.outputs() : 0};
  std::optional<pc::TimeLimit> limit;
  if (options.time_limit) limit.emplace(*options.time_limit);
  run_verbs({options, processes, progress, checkpoint, outcome, limit ? &*limit : nullptr}, study);
  if (processes.rank() == 0) run_optimizer(options, study, progress, outcome);
  outcome.seconds.emplace_back("total", watch.seconds());
  return outcome;
}

}  // namespace verify_network
