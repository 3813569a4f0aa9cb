// SPDX-License-Identifier: MIT
#include "output.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <proxcvx/io/json_falsify.hpp>
#include <proxcvx/io/json_fit.hpp>
#include <proxcvx/io/json_monitor.hpp>
#include <proxcvx/io/json_report.hpp>
#include <proxcvx/io/json_theorem.hpp>
#include <proxcvx/plot/frontier_picture.hpp>
#include <proxcvx/plot/histogram_picture.hpp>
#include <proxcvx/plot/monitor_picture.hpp>
#include <proxcvx/plot/page.hpp>
#include <proxcvx/plot/run_picture.hpp>
#include <proxcvx/verify/table.hpp>
#include <proxcvx/version.hpp>

#include "measured.hpp"

namespace verify_network {

namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::pair<std::string, std::string>>;

using pc::detail::shortest;

[[nodiscard]] std::string held_text(const GuaranteeOutcome& guarantee) {
  if (guarantee.held) return guarantee.vacuous ? "kept at every T, but the bound is above g(w_0)" : "kept at every T";
  return "BROKEN, first at T = " + std::to_string(guarantee.first_broken);
}

/// The guarantee beside the run, as rows for table and page.
[[nodiscard]] Rows guarantee_rows(const PropertyOutcome& property) {
  if (!property.guarantee) return {{"guarantee", property.note.empty() ? "none" : property.note}};
  const GuaranteeOutcome& g = *property.guarantee;
  Rows rows{{"guarantee", g.theorem}, {"bounded", g.quantity}};
  if (!property.note.empty()) rows.emplace_back("note", property.note);
  std::string measured = shortest(g.measured);
  if (g.standard_error > 0) measured += " +- " + shortest(g.standard_error, 2);
  const auto T = static_cast<std::int64_t>(g.bounds.size());
  rows.emplace_back("at T = " + pc::detail::grouped(T),
                    "measured " + measured + ", bound " + shortest(g.bound) + ": " + held_text(g));
  return rows;
}

/// Where a theorem is about the claim, and the weakest of its premises.
[[nodiscard]] std::string weakest_text(const pc::TheoremReport& report) {
  const pc::Premise& weakest = report.weakest();
  return "on " + report.theorem.region + "; the weakest of " + std::to_string(report.theorem.premises.size()) +
         " premises: " + weakest.name + ", " + weakest.statement + ": " + std::string(to_string(weakest.holds));
}

/// What the verbs but check found, beside their verdicts, as rows for the page.
[[nodiscard]] Rows verb_rows(const PropertyOutcome& property) {
  Rows rows;
  const auto verdict = [](pc::Verdict found) { return ": " + std::string(pc::to_string(found)); };
  if (property.search) {
    const pc::FalsifyReport& search = *property.search;
    std::string text = pc::detail::grouped(search.evaluations) + " evaluations from " +
                       pc::detail::grouped(search.last_start) + " starts";
    if (!search.complete()) text += " of " + pc::detail::grouped(search.starts) + " (ended early)";
    if (search.smallest.found()) {
      text += ", smallest margin " + shortest(search.smallest.value) + " (" + shortest(search.smallest.scale_free, 3) +
              " of its terms)";
    }
    rows.emplace_back("falsify", text + verdict(search.verdict()));
  }
  for (const auto& [verb, why] : property.unavailable) {
    rows.emplace_back(verb, "not available for this property: " + why);
  }
  if (property.fitted) {
    for (const pc::FitReport& fit : property.fitted->constants) {
      rows.emplace_back("fit", std::string(pc::to_string(fit.sharpest)) + " " + fit.name + " = " +
                                   (fit.found() ? shortest(fit.constant, 9) : "none") +
                                   (fit.stopped ? " (ended early)" : "") + verdict(fit.verdict()));
    }
  }
  if (property.by_theorem) {
    const pc::TheoremReport& report = *property.by_theorem;
    const std::string reason = report.reason();
    rows.emplace_back("prove", "by theorem, " + report.theorem.citation + verdict(report.verdict()) +
                                   (reason.empty() ? "" : ", " + reason));
    rows.emplace_back("", weakest_text(report));
  }
  if (property.proof) {
    const pc::ProofReport& proof = *property.proof;
    std::string text = pc::detail::grouped(proof.boxes) + " boxes; " + std::string(pc::to_string(proof.end));
    if (proof.open > 0) text += "; " + shortest(proof.open_volume, 3) + " of the volume is open";
    rows.emplace_back("prove", text + verdict(proof.verdict()));
    rows.emplace_back("", "on " + proof.region);
  }
  if (!property.unproved.empty()) rows.emplace_back("prove", "on a cube " + property.unproved);
  if (property.monitored) {
    const pc::MonitorReport& monitored = *property.monitored;
    std::string text = pc::detail::grouped(monitored.iterates()) + " iterates";
    const auto& smallest = monitored.inequality.statistics.smallest;
    if (smallest.found()) {
      text += ", smallest margin " + shortest(smallest.value) + " at t = " + pc::detail::grouped(smallest.point);
    }
    if (monitored.first_failure) {
      text += ", " + monitored.first_failure->what + " first at t = " + pc::detail::grouped(monitored.first_failure->t);
    }
    rows.emplace_back("monitor", text + verdict(monitored.verdict()));
  }
  return rows;
}

/// The verdict of all verbs together, and where the witnesses are.
[[nodiscard]] Rows evidence_rows(const PropertyOutcome& property) {
  Rows rows{{"evidence", std::string(pc::to_string(property.evidence()))}};
  for (const std::string& file : property.witness_files) rows.emplace_back("witness file", file);
  if (!property.proof_file.empty()) rows.emplace_back("proof file", property.proof_file);
  return rows;
}

[[nodiscard]] Rows run_rows(const RunOutcome& run) {
  Rows rows{{"optimizer", run.optimizer + ", step size " + shortest(run.step_size) + ", " +
                              pc::detail::grouped(run.iterations) + " iterations: " + run.status},
            {"loss", shortest(run.initial_loss) + " at the start, " + shortest(run.final_loss) + " at the end"}};
  if (run.training_error) rows.emplace_back("training error", shortest(100 * *run.training_error, 4) + " %");
  return rows;
}

[[nodiscard]] std::string problem_text(const Outcome& outcome) {
  return outcome.data + ": " + pc::detail::grouped(outcome.samples) + " samples in " +
         std::to_string(outcome.dimension) + " dimensions; " + outcome.network + ", " + outcome.loss + " loss, " +
         (outcome.classes > 0 ? std::to_string(outcome.classes) + " classes, " : "") +
         pc::detail::grouped(outcome.parameters) + " parameters";
}

void print_rows(std::ostream& out, const Rows& rows) {
  for (const auto& [label, text] : rows) {
    out << label << std::string(label.size() < 21 ? 23 - label.size() : 2, ' ') << text << '\n';
  }
}

[[nodiscard]] Json guarantee_json(const std::optional<GuaranteeOutcome>& guarantee) {
  if (!guarantee) return nullptr;
  Json json;
  json["theorem"] = guarantee->theorem;
  json["quantity"] = guarantee->quantity;
  json["bound"] = pc::json_number(guarantee->bound);
  json["measured"] = pc::json_number(guarantee->measured);
  if (guarantee->standard_error > 0) json["standard_error"] = pc::json_number(guarantee->standard_error);
  json["held"] = guarantee->held;
  json["vacuous"] = guarantee->vacuous;
  return json;
}

/// The report of the verb, or null.
template <class Report> [[nodiscard]] Json json_of(const std::optional<Report>& report) {
  if (!report) return nullptr;
  return pc::to_json(*report);
}

[[nodiscard]] Json proof_json(const PropertyOutcome& property) {
  Json json;
  if (!property.unproved.empty()) {
    json = {{"verdict", nullptr}, {"note", property.unproved}};
    json["theorem"] = json_of(property.by_theorem);
    return json;
  }
  if (!property.proof) return nullptr;
  const pc::ProofReport& proof = *property.proof;
  json["region"] = {{"description", proof.region}};
  json["boxes"] = proof.boxes;
  json["proved_by_mean_value"] = proof.mean_value;
  json["proved_by_convexity"] = proof.second_order;
  json["open"] = proof.open;
  json["open_volume"] = pc::json_number(proof.open_volume);
  json["end"] = pc::to_string(proof.end);
  json["witness"] = pc::detail::json_searched(proof.witness);
  json["verdict"] = pc::to_string(proof.verdict());
  json["note"] = "";
  json["proof_file"] = nullptr;
  if (!property.proof_file.empty()) json["proof_file"] = property.proof_file;
  json["theorem"] = json_of(property.by_theorem);
  return json;
}

[[nodiscard]] Json fit_json(const std::optional<Fitted>& fitted) {
  if (!fitted) return nullptr;
  Json json;
  json["constants"] = Json::array();
  for (const pc::FitReport& fit : fitted->constants) json["constants"].push_back(pc::to_json(fit));
  json["frontier"] = nullptr;
  if (fitted->frontier) json["frontier"] = pc::to_json(*fitted->frontier);
  return json;
}

/// The run's proxy and, where there is one, the guarantee, for T = 1, 2, ...
[[nodiscard]] pc::RunPicture run_picture(const Outcome& outcome, const PropertyOutcome& property) {
  pc::RunPicture picture;
  picture.title = property.report.property + " on " + outcome.data;
  picture.y_label = property.proxy_name;
  picture.curves.push_back({.name = property.proxy_name, .values = property.proxy});
  if (property.guarantee) {
    picture.curves.push_back({.name = property.guarantee->quantity, .values = property.guarantee->measurements});
    picture.curves.push_back({.name = "guarantee", .values = property.guarantee->bounds, .guarantee = true});
  }
  if (property.level > 0) {
    picture.level = property.level;
    picture.level_name = "xi";
  }
  return picture;
}

}  // namespace

void print(std::ostream& out, const Outcome& outcome) {
  print_rows(out, {{"problem", problem_text(outcome)}});
  for (const PropertyOutcome& property : outcome.properties) {
    out << '\n';
    if (property.checked) {
      out << property.report;
    } else {
      print_rows(out, {{"property", property.report.property}, {"", property.report.statement}});
    }
    print_rows(out, remark_rows(property));
    print_rows(out, verb_rows(property));
    if (outcome.run) print_rows(out, guarantee_rows(property));
    print_rows(out, evidence_rows(property));
  }
  if (!outcome.run) return;
  out << '\n';
  print_rows(out, run_rows(*outcome.run));
}

void write_json_report(const std::filesystem::path& folder, const Outcome& outcome) {
  Json json;
  json["version"] = PROXCVX_VERSION_STRING;
  json["problem"] = {{"data", outcome.data},           {"samples", outcome.samples},
                     {"dimension", outcome.dimension}, {"parameters", outcome.parameters},
                     {"network", outcome.network},     {"loss", outcome.loss}};
  if (outcome.classes > 0) json["problem"]["classes"] = outcome.classes;
  json["properties"] = Json::array();
  for (const PropertyOutcome& property : outcome.properties) {
    Json one = pc::to_json(property.report);
    if (property.check_verdict() != property.report.verdict()) {  // interrupted: N was fixed in advance
      one["verdict"] = pc::to_string(property.check_verdict());
      one["violation_probability_upper"] = nullptr;
    }
    one["guarantee"] = guarantee_json(property.guarantee);
    one["guarantee_note"] = property.note;
    one["evidence"] = pc::to_string(property.evidence());
    one["witness_files"] = property.witness_files;
    one["falsify"] = json_of(property.search);
    one["fit"] = fit_json(property.fitted);
    one["prove"] = proof_json(property);
    one["monitor"] = json_of(property.monitored);
    one["measured_constants"] = measured_json(property.measured);
    one["remark"] = property.remark;
    one["not_available"] = Json::object();
    for (const auto& [verb, why] : property.unavailable) one["not_available"][verb] = why;
    json["properties"].push_back(one);
  }
  json["run"] = nullptr;
  if (outcome.run) {
    const RunOutcome& run = *outcome.run;
    Json& one = json["run"];
    one["optimizer"] = run.optimizer;
    one["step_size"] = pc::json_number(run.step_size);
    one["iterations"] = run.iterations;
    one["status"] = run.status;
    one["initial_loss"] = pc::json_number(run.initial_loss);
    one["final_loss"] = pc::json_number(run.final_loss);
    one["training_error"] = nullptr;
    if (run.training_error) one["training_error"] = pc::json_number(*run.training_error);
    one["proxy_best"] = pc::json_number(run.proxy_best);
    one["proxy_mean"] = pc::json_number(run.proxy_mean);
  }
  json["seconds"] = Json::object();
  for (const auto& [what, seconds] : outcome.seconds) json["seconds"][what] = pc::json_number(seconds);
  pc::write_json(folder / "report.json", json);
}

std::string write_page_with_pictures(const std::filesystem::path& folder, const Outcome& outcome) {
  pc::Page page{.title = "Proxy convexity report",
                .summary = problem_text(outcome) + ".",
                .facts = outcome.run ? run_rows(*outcome.run) : Rows{},
                .sections = {}};
  std::string complaint;
  const auto drawn = [&](const std::filesystem::path& svg, pc::PictureStatus status) {
    if (status == pc::PictureStatus::drawn) return;
    std::error_code ignored;
    std::filesystem::remove(svg, ignored);  // a picture of an earlier run would be a lie
    complaint = status == pc::PictureStatus::no_gnuplot ? "pictures were skipped: gnuplot is not installed"
                                                        : "pictures were skipped: gnuplot failed";
  };
  for (const PropertyOutcome& property : outcome.properties) {
    const std::string& name = property.report.property;
    const auto histogram = folder / (name + "-margins.svg");
    if (property.checked) drawn(histogram, pc::draw_histogram(histogram, property.report));
    pc::PageSection section{.heading = name,
                            .verdict = std::string(pc::to_string(property.evidence())),
                            .rows = pc::rows(property.report),
                            .pictures = {},
                            .notes = {}};
    for (auto& row : remark_rows(property)) section.rows.push_back(std::move(row));
    for (auto& row : verb_rows(property)) section.rows.push_back(std::move(row));
    if (property.by_theorem) {
      for (auto& row : pc::rows(*property.by_theorem)) {
        if (row.first == "premise" || row.first == "certified") section.rows.push_back(std::move(row));
      }
    }
    if (outcome.run) {
      const auto run = folder / (name + "-run.svg");
      drawn(run, pc::draw_run(run, run_picture(outcome, property)));
      for (auto& row : guarantee_rows(property)) section.rows.push_back(std::move(row));
      section.pictures.push_back(run);
    }
    for (auto& row : evidence_rows(property)) section.rows.push_back(std::move(row));
    if (property.checked) section.pictures.push_back(histogram);
    if (property.monitored) {
      const auto monitor = folder / (name + "-monitor.svg");
      drawn(monitor, pc::draw_monitor(monitor, *property.monitored));
      section.pictures.push_back(monitor);
    }
    if (property.fitted && property.fitted->frontier) {
      const auto frontier = folder / (name + "-frontier.svg");
      drawn(frontier, pc::draw_frontier(frontier, *property.fitted->frontier));
      section.pictures.push_back(frontier);
    }
    page.sections.push_back(std::move(section));
  }
  pc::write_page(folder / "report.html", page);
  return complaint;
}

}  // namespace verify_network
