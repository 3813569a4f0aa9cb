// SPDX-License-Identifier: MIT
#include "bad_input/cases.hpp"

namespace {

using tests::BadInput;
using Words = std::vector<std::string>;

std::string sentence(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word.substr(0, 60);
  return text;
}

void add(std::vector<BadInput>& cases, const Words& words, const std::string& mention) {
  cases.push_back({.name = sentence(words), .arguments = words, .mention = mention});
}

const Words decimals{"--time-limit", "--slope",      "--alpha",    "--mu",       "--xi",
                     "--radius",     "--confidence", "--accuracy", "--step-size"};
const Words whole{"--evaluations", "--hidden",     "--samples", "--batch",
                  "--repeats",     "--iterations", "--seed",    "--threads"};
const Words names{"--verbs", "--scale", "--network", "--activation", "--train", "--loss", "--property", "--optimizer"};
const Words texts{"--data", "--label", "--positive", "--weights", "--out", "--resume", "--replay"};

/// An instance that is none, or is about no network, or beside a flag that it gives.
void add_bad_instances(std::vector<BadInput>& cases) {
  for (const char* word : {"nothing", "", "leaky", "LEAKY-NETWORK", "polyak-lojasiewicz", "--quiet"}) {
    add(cases, {"--instance", word}, "--instance");
  }
  add(cases, {"--instance"}, "--instance");
  add(cases, {"--instance="}, "--instance");
  add(cases, {"--instance", "leaky-network", "--instance", "leaky-network"}, "--instance");
  add(cases, {"--instance=leaky-network", "--network", "mlp"}, "--network");
  add(cases, {"--loss=squared", "--instance", "leaky-network"}, "--loss");
}

/// Words that are no numbers, or not in range.
void add_bad_numbers(std::vector<BadInput>& cases) {
  for (const std::string& flag : decimals) {
    for (const std::string& word :
         {std::string("nan"), std::string("inf"), std::string("-inf"), std::string("1e999"), std::string("-1e999"),
          std::string("1e-999"), std::string(400, '9'), std::string("0x10"), std::string("1e"), std::string("five"),
          std::string("1 2"), std::string("1,5"), std::string("")}) {
      add(cases, {flag, word}, flag);
    }
    if (flag != "--xi") add(cases, {flag, "-1"}, flag);
    if (flag != "--xi" && flag != "--slope") add(cases, {flag, "0"}, flag);
  }
  for (const std::string& flag : whole) {
    for (const char* word : {"-1", "-9223372036854775809", "99999999999999999999", "1e3", "1e30", "1.5", "nan", "inf",
                             "0x10", "five", "1 2", ""}) {
      add(cases, {flag, word}, flag);
    }
    if (flag != "--seed" && flag != "--threads") add(cases, {flag, "0"}, flag);
  }
  for (const Words& words : std::vector<Words>{{"--confidence", "1"},
                                               {"--confidence", "1.5"},
                                               {"--slope", "1.01"},
                                               {"--hidden", "1000000000000"},
                                               {"--hidden", "1000001"},
                                               {"--samples", "1000000000001"},
                                               {"--iterations", "100000001"},
                                               {"--repeats", "1"},
                                               {"--repeats", "10001"},
                                               {"--threads", "4097"},
                                               {"--evaluations", "159"},
                                               {"--batch", "1000000001"}}) {
    add(cases, words, words[0]);
  }
}

void add_bad_words(std::vector<BadInput>& cases) {
  for (const std::string& flag : names) {
    for (const char* word : {"nosuch", "NONE", "first ", "all,gd", "line\nbreak", "\xc3\xa9", ""})
      add(cases, {flag, word}, flag);
  }
  for (const std::string& flag : texts) add(cases, {flag, ""}, flag);
  for (const char* word : {"--unknown", "--unknown=3", "-x", "extra", "--Data", "--seeds", "--quiet=3", "--quiet=no"}) {
    add(cases, {word}, "");
  }
  for (const Words* kind : {&decimals, &whole, &names, &texts}) {
    for (const std::string& flag : *kind) {
      add(cases, {flag}, flag);
      if (flag != "--hidden") add(cases, {flag, "1", flag, "1"}, flag);
    }
  }
  add(cases, {"--verbs", "check,prove,disprove"}, "one of check, falsify, fit, prove, monitor");
  add(cases, {"--idx", "a"}, "--idx");
  add(cases, {"--idx", "a", "b", "c"}, "--idx");
  add(cases, {"--idx", "", ""}, "--idx");
}

/// Flags that make sense one by one.
void add_contradictions(std::vector<BadInput>& cases) {
  for (const Words& words : std::vector<Words>{{"--classes", "0,1"}, {"--label", "0"}, {"--positive", "a"}}) {
    add(cases, words, words[0]);
  }
  add(cases, {"--accuracy", "0.1", "--iterations", "10"}, "--accuracy");
  add(cases, {"--accuracy", "1e-9"}, "--accuracy");
  add(cases, {"--accuracy", "1e-300"}, "accuracy");
  add(cases, {"--step-size", "1e308"}, "step_size");
  add(cases, {"--hidden", "3,3"}, "--hidden");
  add(cases, {"--replay", "file", "--seed", "2"}, "--replay");
  add(cases, {"--replay", "/nonexistent/witness.txt"}, "/nonexistent/witness.txt");
  add(cases, {"--resume", "/nonexistent/folder"}, "--resume");
  add(cases, {"--hidden", "1000000,1000000", "--network", "mlp", "--mu", "1", "--xi", "0"}, "--hidden");
  for (const char* activation : {"relu", "tanh", "sigmoid", "softplus", "swish"}) {
    add(cases, {"--activation", activation, "--alpha", "2"}, "--mu and --xi");
    add(cases, {"--activation", activation, "--mu", "1"}, "--mu and --xi");
    add(cases, {"--activation", activation, "--xi", "1"}, "--mu and --xi");
    add(cases, {"--activation", activation, "--mu", "1", "--xi", "0", "--property", "proxy-convexity"}, "--property");
    add(cases, {"--activation", activation, "--mu", "1", "--xi", "0", "--accuracy", "0.1"}, "--accuracy");
    add(cases, {"--activation", activation, "--accuracy", "0.1"}, "--accuracy");
  }
  for (const Words& combination :
       std::vector<Words>{{"--train", "all"},
                          {"--loss", "squared"},
                          {"--slope", "0"},
                          {"--network", "mlp"},
                          {"--network", "mlp", "--hidden", "3,3"},
                          {"--network", "mlp", "--loss", "squared"},
                          {"--network", "neuron"},
                          {"--network", "neuron", "--loss", "squared", "--activation", "swish"}}) {
    for (const char* alone : {"--alpha", "--mu", "--xi"}) {  // what tangents give is replaced as a whole
      Words one = combination;
      one.insert(one.end(), {alone, "1"});
      add(cases, one, "--mu and --xi");
    }
    Words accurate = combination;
    accurate.insert(accurate.end(), {"--accuracy", "0.1"});
    add(cases, accurate, "--accuracy");
    Words more = combination;
    more.insert(more.end(), {"--mu", "1", "--xi", "0", "--property", "proxy-convexity"});
    add(cases, more, "--property");
  }
}

/// The softmax loss without an output per class, or a label of classes.
void add_bad_softmax(std::vector<BadInput>& cases) {
  const Words softmax{"--loss", "softmax", "--network", "mlp"};
  const auto with = [&](const Words& more) {
    Words words = softmax;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  add(cases, {"--loss", "softmax"}, "--network mlp");
  add(cases, {"--loss", "softmax", "--network", "two-layer"}, "--network mlp");
  add(cases, {"--loss", "softmax", "--network", "neuron"}, "--network mlp");
  add(cases, with({"--positive", "a"}), "--positive");
  add(cases, with({"--classes", "0,1"}), "--classes");
  add(cases, with({"--idx", "a", "b", "--classes", "1"}), "--classes");
  add(cases, with({"--idx", "a", "b", "--classes", "1,2,1"}), "--classes");
  add(cases, with({"--accuracy", "0.1"}), "--accuracy");
  add(cases, with({"--mu", "1"}), "--mu and --xi");
  const auto table = [&](const std::string& name, const std::string& text, const std::string& mention) {
    cases.push_back({.name = "softmax, " + name,
                     .arguments = with({"--data", "@table.csv"}),
                     .files = {{"table.csv", text}},
                     .mention = mention});
  };
  table("one class", "a,b,class\n1,2,x\n3,4,x\n", "at least two classes");
  table("a numeric label", "a,b,price\n1,2,21.6\n3,4,34.7\n", "--loss squared");
  table("a missing label", "a,b,class\n1,2,x\n3,4,\n", "line 3");
}

/// Initial weights of a neuron with ten inputs.
void add_bad_weights(std::vector<BadInput>& cases) {
  const std::string ten = "1 2 3 4 5 6 7 8 9 10";
  for (const std::string& text :
       {std::string(), std::string("1 2 3"), ten + " 11", ten + " x", std::string("1,2,nan"), std::string("inf"),
        std::string("1e999"), std::string("0x1q3"), std::string(1, '\0')}) {
    cases.push_back({.name = "weights " + text.substr(0, 30),
                     .arguments = {"--network", "neuron", "--loss", "squared", "--weights", "@weights"},
                     .files = {{"weights", text}},
                     .mention = "--weights"});
  }
  for (const char* file : {"@absent", "@", "@weights/x", "/dev/null"}) {
    cases.push_back({.name = std::string("weights in ") + file,
                     .arguments = {"--network", "neuron", "--loss", "squared", "--weights", file},
                     .files = {{"weights", ten}},
                     .mention = "--weights"});
  }
}

/// Places where no report can be written.
void add_bad_folders(std::vector<BadInput>& cases) {
  for (const char* folder : {"/proc/x", "/dev/null", "/dev/null/x", "/proc/self/status", "@file", "@file/x/y"}) {
    cases.push_back({.name = std::string("out ") + folder,
                     .arguments = {"--out", folder},
                     .files = {{"file", "in the way"}},
                     .mention = "--out"});
  }
}

}  // namespace

TEST_CASE("bad command lines are refused with a message") {
  std::vector<BadInput> cases;
  add_bad_numbers(cases);
  add_bad_instances(cases);
  add_bad_words(cases);
  add_contradictions(cases);
  add_bad_softmax(cases);
  add_bad_weights(cases);
  add_bad_folders(cases);
  tests::check_all(cases, tests::fewest_command_lines);
}

TEST_CASE("one of several processes that cannot talk to each other is refused in one line") {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE=2", "PMI_SIZE=3", "PMIX_RANK=1"}) {
    const auto ended = tests::run(tests::program("verify_network"), {}, {variable}, 60);
    INFO(variable << ": " << ended.err);
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK_THAT(ended.err, Catch::Matchers::StartsWith("verify_network: started as one of "));
    CHECK(ended.err.find('\n') == ended.err.size() - 1);
  }
}
