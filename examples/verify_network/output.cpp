// SPDX-License-Identifier: MIT
#include "output.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <proxcvx/io/json_report.hpp>
#include <proxcvx/plot/histogram_picture.hpp>
#include <proxcvx/plot/page.hpp>
#include <proxcvx/plot/run_picture.hpp>
#include <proxcvx/verify/table.hpp>
#include <proxcvx/version.hpp>

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
    out << '\n' << property.report;
    if (outcome.run) print_rows(out, guarantee_rows(property));
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
  json["properties"] = Json::array();
  for (const PropertyOutcome& property : outcome.properties) {
    Json one = pc::to_json(property.report);
    if (!property.report.complete() && property.report.verdict() != pc::Verdict::violated) {
      one["verdict"] = pc::to_string(pc::Verdict::inconclusive);  // interrupted: N was fixed in advance
      one["violation_probability_upper"] = nullptr;
    }
    one["guarantee"] = guarantee_json(property.guarantee);
    one["guarantee_note"] = property.note;
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
    drawn(histogram, pc::draw_histogram(histogram, property.report));
    pc::PageSection section{.heading = name,
                            .verdict = std::string(pc::to_string(property.report.verdict())),
                            .rows = pc::rows(property.report),
                            .pictures = {},
                            .notes = {}};
    if (outcome.run) {
      const auto run = folder / (name + "-run.svg");
      drawn(run, pc::draw_run(run, run_picture(outcome, property)));
      for (auto& row : guarantee_rows(property)) section.rows.push_back(std::move(row));
      section.pictures.push_back(run);
    }
    section.pictures.push_back(histogram);
    page.sections.push_back(std::move(section));
  }
  pc::write_page(folder / "report.html", page);
  return complaint;
}

}  // namespace verify_network
