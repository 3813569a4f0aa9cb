// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/data/scaling.hpp>
#include <proxcvx/instances/catalogue.hpp>
#include <proxcvx/io/number.hpp>
#include <proxcvx/io/printable.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <sstream>
#include <system_error>

namespace verify_network {

namespace {

constexpr const char* description =
    "Checks the inequalities that gradient descent lives on, on your network and your data, and holds a training run\n"
    "beside its guarantee. Without --data: 500 samples of a noisy halfspace in 10 dimensions, 1 % of the labels "
    "wrong;\n"
    "with --loss softmax three noisy classes, 120 samples in 5 dimensions.";

constexpr const char* footer =
    "A theorem gives the constants for: two-layer, --train first, leaky_relu, smooth_leaky_relu or identity, --loss\n"
    "logistic (noisy halfspaces: Frei, Cao & Gu 2021); neuron, --loss squared, a non-decreasing activation (agnostic "
    "neuron:\n"
    "Frei, Cao & Gu 2020). Any other network is covered by its tangents (Ji & Telgarsky 2020): proxy convexity with a\n"
    "reference that moves with w, and proxy PL with the constants of each point, in whose place --mu and --xi claim "
    "some\n"
    "for the whole region.\n\n"
    "Verbs: check samples the inequality, falsify searches for a violation, fit finds the sharpest constants, prove\n"
    "encloses the margin on a cube (up to 8 variables), monitor watches the run.\n\n"
    "Exit status: 0 no violation found and every guarantee kept; 1 a violation by any verb, a broken guarantee, or a\n"
    "check or a run's margins inconclusive; 2 bad input. With --replay: 1 the violation stands, 0 it does not.";

template <class Range> std::string one_of(const Range& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

template <class Range> void require_name(const std::string& flag, const std::string& given, const Range& names) {
  for (const auto& name : names) {
    if (given == name) return;
  }
  proxcvx::require(false, flag, "one of " + one_of(names), given);
}

void require_between(const std::string& flag, double value, double low, double high) {
  std::ostringstream range;
  range << "a number in [" << low << ", " << high << "]";
  proxcvx::require(value >= low && value <= high, flag, range.str(), value);
}

void require_positive(const std::string& flag, const std::optional<double>& value) {
  if (value) proxcvx::require(*value > 0 && std::isfinite(*value), flag, "a finite number > 0", *value);
}

/// What is wrong with a word as a decimal number, or nothing: CLI11 by itself takes 0x10 for 16 and "" for 0.
std::string decimal(const std::string& word) {
  const bool good = proxcvx::detail::parse_number(word).status == proxcvx::detail::NumberStatus::number;
  return good ? "" : "expected a number in the range of double, got " + proxcvx::detail::in_quotes(word);
}

/// The same for a whole number of that type: CLI11 by itself takes -1 for 2^64 - 1.
template <class Number> std::string whole(const std::string& word) {
  Number number = 0;
  const char* const end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data(), end, number);
  if (error == std::errc{} && stopped == end) return "";
  return "expected a whole number in [" + std::to_string(std::numeric_limits<Number>::min()) + ", " +
         std::to_string(std::numeric_limits<Number>::max()) + "], got " + proxcvx::detail::in_quotes(word);
}

/// The empty word is what a shell makes of a variable that is not set: never what was meant.
void require_words(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& word : option->results()) {
      proxcvx::require(!word.empty(), option->get_name(), "something", "an empty word");
    }
  }
}

/// What chooses among the data of a file is wrong without the file: the embedded data is not what was meant.
void require_data_for(const CLI::App& app, const std::string& flag, const std::string& data) {
  proxcvx::require(app.count(flag) == 0 || app.count(data) > 0, flag + ": expected it with " + data);
}

const std::vector<std::string> verb_names{"check", "falsify", "fit", "prove", "monitor"};

/// Flags that do not change what is claimed, nor where it is examined.
bool is_of_the_run(const std::string& name) {
  const std::vector<std::string> names{"--help",    "--verbs",   "--evaluations", "--time-limit",
                                       "--threads", "--out",     "--resume",      "--replay",
                                       "--quiet",   "--samples", "--repeats",     "--confidence"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What the command line says of the problem, in words that parse to the same.
std::vector<std::string> flags_of_problem(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || is_of_the_run(name)) continue;
    flags.push_back(name);
    std::vector<std::string> words = option->results();
    if (name == "--data" || name == "--weights" || name == "--idx") {
      for (std::string& word : words) word = std::filesystem::absolute(word).lexically_normal().string();
    }
    if (option->get_delimiter() != '\0') {
      std::string joined;
      for (const std::string& word : words) joined += (joined.empty() ? "" : ",") + word;
      words = {joined};
    }
    flags.insert(flags.end(), words.begin(), words.end());
  }
  return flags;
}

/// Replaying takes everything from its file.
void require_alone(const CLI::App& app, const std::string& flag) {
  if (app.count(flag) == 0) return;
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    proxcvx::require(option->count() == 0 || name == flag || name == "--quiet" || name == "--threads",
                     flag + ": expected no flag beside it but --quiet and --threads, got " + name);
  }
}

/// The instances that are about a network and a data set.
std::vector<std::string> instances() {
  std::vector<std::string> names;
  for (const auto& entry : proxcvx::instance_catalogue) {
    if (!entry.flags.empty()) names.emplace_back(entry.name);
  }
  return names;
}

/// The words with the flags that the instance's row of the catalogue gives in place of --instance NAME.
std::vector<std::string> with_instance(const std::vector<std::string>& words) {
  const std::string flag = "--instance";
  std::vector<std::string> result;
  std::vector<std::string> given;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool joined = words[i].starts_with(flag + "=");
    if (!joined && words[i] != flag) {
      result.push_back(words[i]);
      continue;
    }
    proxcvx::require(joined || i + 1 < words.size(), flag + ": expected a name after it");
    given.push_back(joined ? words[i].substr(flag.size() + 1) : words[++i]);
  }
  proxcvx::require(given.size() <= 1, flag, "it once", std::to_string(given.size()) + " times");
  if (given.empty()) return result;
  const auto* const entry = proxcvx::find_instance(given.front());
  if (entry == nullptr || entry->flags.empty()) require_name(flag, given.front(), instances());
  std::istringstream flags{std::string(entry->flags)};
  for (std::string word; flags >> word;) {
    const bool clashes = word.starts_with("--") && std::any_of(words.begin(), words.end(), [&](const auto& other) {
                           return other == word || other.starts_with(word + "=");
                         });
    proxcvx::require(!clashes, word + ": expected it without --instance " + given.front() + ", which gives it");
    result.push_back(word);
  }
  return result;
}

/// Several classes, none of them twice; none stands for all.
void validate_classes(std::vector<int> classes) {
  proxcvx::require(classes.size() != 1, "--classes", "at least two classes A,B,...", "one");
  std::sort(classes.begin(), classes.end());
  proxcvx::require(std::adjacent_find(classes.begin(), classes.end()) == classes.end(), "--classes", "each class once",
                   "one of them twice");
}

/// CLI11 reads the words; this says which of them make sense.
void validate(const Options& o) {
  require_name("--scale", o.scale, proxcvx::scale_names);
  require_name("--network", o.network, std::vector<std::string>{"two-layer", "mlp", "neuron"});
  require_name("--activation", o.activation, proxcvx::AnyActivation::names);
  require_name("--train", o.train, std::vector<std::string>{"first", "all"});
  require_name("--loss", o.loss, std::vector<std::string>{"logistic", "softmax", "squared"});
  require_name("--property", o.property, std::vector<std::string>{"proxy-pl", "proxy-convexity", "all"});
  require_name("--optimizer", o.optimizer, std::vector<std::string>{"gd", "sgd"});
  for (const std::string& verb : o.verbs) require_name("--verbs", verb, verb_names);
  proxcvx::require(!o.verbs.empty(), "--verbs", "one or more of " + one_of(verb_names), "none");
  if (o.evaluations) require_between("--evaluations", static_cast<double>(*o.evaluations), 160, 1e12);
  require_positive("--time-limit", o.time_limit);
  for (const auto width : o.hidden) require_between("--hidden", static_cast<double>(width), 1, 1e6);
  proxcvx::require(o.network != "two-layer" || o.hidden.size() == 1, "--hidden", "one width for a two-layer network",
                   std::to_string(o.hidden.size()) + " widths (several need --network mlp)");
  require_between("--slope", o.slope, 0, 1);
  require_positive("--alpha", o.alpha);
  require_positive("--mu", o.mu);
  if (o.xi) proxcvx::require(std::isfinite(*o.xi), "--xi", "a finite number", *o.xi);
  require_positive("--radius", o.radius);
  require_positive("--accuracy", o.accuracy);
  require_positive("--step-size", o.step_size);
  if (o.samples) require_between("--samples", static_cast<double>(*o.samples), 1, 1e12);
  proxcvx::require(o.confidence > 0 && o.confidence < 1, "--confidence", "a number in (0, 1)", o.confidence);
  require_between("--batch", static_cast<double>(o.batch), 1, 1e9);
  require_between("--repeats", static_cast<double>(o.repeats), 2, 1e4);
  if (o.iterations) require_between("--iterations", static_cast<double>(*o.iterations), 1, 1e8);
  proxcvx::require(!o.iterations || !o.accuracy,
                   "--accuracy: expected it without --iterations, or the other way round");
  require_between("--threads", o.threads, 0, 4096);
  proxcvx::require(o.idx.empty() || o.data.empty(), "--idx: expected it without --data, or the other way round");
  if (o.loss == "softmax") {
    proxcvx::require(o.network == "mlp", "--loss softmax", "--network mlp, which has an output per class",
                     "--network " + o.network);
    validate_classes(o.classes);
  } else {
    proxcvx::require(o.classes.size() == 2, "--classes", "two classes A,B (more need --loss softmax)",
                     std::to_string(o.classes.size()) + " of them");
  }
  proxcvx::require(
      o.property != "proxy-convexity" || !(o.alpha || o.mu || o.xi),
      "--alpha, --mu, --xi: expected them with --property proxy-pl or all: proxy convexity has no constants");
  proxcvx::require(o.positive.empty() || o.loss == "logistic", "--positive: expected it with --loss logistic");
}

}  // namespace

std::optional<Options> parse(const std::vector<std::string>& words) {
  Options o;
  CLI::App app{description, "verify_network"};
  app.footer(footer);
  app.option_defaults()->always_capture_default();
  app.add_option("--data", o.data, "a CSV file, a sample per row")->type_name("FILE.csv");
  app.add_option("--label", o.label, "the label's column, by name or 0-based index (default: the last)");
  app.add_option("--positive", o.positive, "the class that is +1, against the rest (default: the first in file order)");
  app.add_option("--idx", o.idx, "gzip'd IDX files (MNIST's format)")->expected(2)->type_name("IMAGES LABELS");
  app.add_option("--classes", o.classes, "with --idx: A is +1, B is -1; of softmax two or more (default: all)")
      ->delimiter(',')
      ->type_name("A,B[,...]")
      ->check(whole<int>);
  app.add_option("--scale", o.scale, "none, standard or unit-norm");
  std::string instance;  // for the help alone: with_instance has taken it out of the words
  app.add_option("--instance", instance,
                 "a result of docs/results in place of the flags that it takes: " + one_of(instances()))
      ->type_name("NAME");
  app.add_option("--network", o.network, "two-layer, mlp or neuron");
  app.add_option("--hidden", o.hidden, "hidden units, a number per layer")
      ->delimiter(',')
      ->type_name("M[,M...]")
      ->check(whole<proxcvx::Index>);
  app.add_option("--activation", o.activation, one_of(proxcvx::AnyActivation::names));
  app.add_option("--slope", o.slope, "slope of the leaky activations")->check(decimal);
  app.add_option("--train", o.train, "first or all layers of a two-layer network");
  app.add_option("--loss", o.loss, "logistic, softmax (all classes; --network mlp) or squared (a numeric label)");
  app.add_option("--weights", o.weights, "initial parameters, numbers in the network's order (default: by the seed)")
      ->type_name("FILE");
  app.add_option("--property", o.property, "proxy-pl, proxy-convexity or all (that a theorem covers)");
  app.add_option("--alpha", o.alpha, "instead of the theorem's constant")->check(decimal);
  app.add_option("--mu", o.mu, "instead of the theorem's constant")->check(decimal);
  app.add_option("--xi", o.xi, "instead of the theorem's constant")->check(decimal);
  app.add_option("--radius", o.radius, "of the ball about the initial weights that is examined")->check(decimal);
  app.add_option(
         "--samples", o.samples,
         "points, or disjoint pairs, to examine (default: 20,000; of a tangent margin as many as seconds allow)")
      ->check(whole<proxcvx::Index>);
  app.add_option("--confidence", o.confidence, "of the bound on the probability of a violation")->check(decimal);
  app.add_option("--verbs", o.verbs, one_of(verb_names))->delimiter(',')->type_name("VERB[,VERB...]");
  app.add_option("--evaluations", o.evaluations,
                 "gradients that falsify, and a round of fit, may take (default: a fifth of --samples, 200 to 3000)")
      ->check(whole<proxcvx::Index>);
  app.add_option("--time-limit", o.time_limit, "seconds after which checks, searches and fits end with what they have")
      ->check(decimal);
  app.add_option("--optimizer", o.optimizer, "gd or sgd");
  app.add_option("--batch", o.batch, "samples in a step of SGD")->check(whole<proxcvx::Index>);
  app.add_option("--repeats", o.repeats, "runs of SGD, whose guarantee is of an expectation")
      ->check(whole<proxcvx::Index>);
  app.add_option("--accuracy", o.accuracy, "run as long as the theorem says for this excess")->check(decimal);
  app.add_option("--iterations", o.iterations, "steps of the run (default 1000)")->check(whole<proxcvx::Index>);
  app.add_option("--step-size", o.step_size, "default: the theorem's own, or 0.1 where there is none")->check(decimal);
  app.add_option("--seed", o.seed, "of weights, samples and batches")->check(whole<std::uint64_t>);
  app.add_option("--threads", o.threads, "0: all")->check(whole<int>);
  app.add_option("--out", o.out, "writes report.json, report.html and pictures there")->type_name("DIR");
  app.add_option("--resume", o.resume, "goes on with what an earlier --out DIR was doing when it was killed")
      ->type_name("DIR");
  app.add_option("--replay", o.replay, "evaluates the witness of a file again, and does nothing else")
      ->type_name("FILE");
  app.add_flag("--quiet", o.quiet, "print nothing but errors")->disable_flag_override();
  try {
    const std::vector<std::string> all = with_instance(words);
    app.parse(std::vector<std::string>(all.rbegin(), all.rend()));
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return std::nullopt;
  } catch (const CLI::ParseError& error) {  // its exit codes are its own: ours is 2
    throw std::invalid_argument(error.what());
  }
  require_words(app);
  require_data_for(app, "--label", "--data");
  require_data_for(app, "--positive", "--data");
  require_data_for(app, "--classes", "--idx");
  require_alone(app, "--replay");
  if (o.loss == "softmax" && app.count("--classes") == 0) o.classes.clear();  // all
  validate(o);
  o.problem_flags = flags_of_problem(app);
  return o;
}

}  // namespace verify_network
