// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <proxcvx/core/require.hpp>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <proxcvx/plot/inline_svg.hpp>
#include <proxcvx/plot/page_style.hpp>
#include <proxcvx/plot/text.hpp>
#include <proxcvx/verify/verdict.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A report as one HTML file that needs nothing else: pictures are part of it, nothing is fetched and no script runs,
// which its content security policy says to the browser, too. All texts are plain text.

namespace proxcvx {

/// One part of a page: a claim and what was found about it.
struct PageSection {
  std::string heading = {};
  std::string verdict = {};  ///< empty, or one of the five of to_string(Verdict): shown as a badge
  std::vector<std::pair<std::string, std::string>> rows = {};  ///< label and text, such as rows(CheckReport)
  std::vector<std::filesystem::path> pictures = {};            ///< SVG files; one that is not there becomes a note
  std::vector<std::string> notes = {};
};

/// A page: what it is about, facts that concern all of it, and its sections.
struct Page {
  std::string title = {};
  std::string summary = {};
  std::vector<std::pair<std::string, std::string>> facts = {};
  std::vector<PageSection> sections = {};
};

namespace detail {

/// The verdict in colour, with a sign for those who don't see it. A check mark is for what is proved alone.
[[nodiscard]] inline std::string badge(std::string_view verdict) {
  struct Look {
    Verdict verdict;
    std::string_view style;
    std::string_view sign;
  };
  constexpr Look looks[] = {{Verdict::violated, "bad", "\xe2\x9c\x97"},
                            {Verdict::no_violation_found, "good", "\xe2\x97\x8b"},
                            {Verdict::proved_on_box, "good", "\xe2\x9c\x93"},
                            {Verdict::proved_by_theorem, "good", "\xe2\x9c\x93"},
                            {Verdict::inconclusive, "open", "?"}};
  for (const Look& look : looks) {
    if (verdict != to_string(look.verdict)) continue;
    return "<span class=\"badge " + std::string(look.style) + "\">" + std::string(look.sign) + " " +
           std::string(verdict) + "</span>";
  }
  require(verdict.empty(), "write_page: verdict", "nothing or one of the five verdicts", verdict);
  return {};
}

[[nodiscard]] inline std::string html_table(const std::vector<std::pair<std::string, std::string>>& rows) {
  if (rows.empty()) return {};
  std::string table = "<table>\n";
  for (const auto& [label, text] : rows) {
    table += "<tr><th scope=\"row\">" + escape_html(label) + "</th><td>" + escape_html(text) + "</td></tr>\n";
  }
  return table + "</table>\n";
}

[[nodiscard]] inline std::string html_note(std::string_view text) {
  return "<p class=\"note\">" + escape_html(text) + "</p>\n";
}

/// The section; `pictures` counts the pictures of the page so far, which tells their ids apart.
[[nodiscard]] inline std::string html_section(const PageSection& section, std::size_t& pictures) {
  std::string text = "<section>\n<div class=\"head\"><h2>" + escape_html(section.heading) + "</h2>" +
                     badge(section.verdict) + "</div>\n" + html_table(section.rows);
  std::string figures;
  std::string notes;
  for (const std::filesystem::path& path : section.pictures) {
    const std::string name = path.stem().string();
    const std::string prefix = "picture" + std::to_string(pictures + 1) + "-";
    const std::string svg = inline_svg(whole_file(path), prefix, section.heading + ": " + name);
    if (svg.empty()) {
      notes += html_note("picture skipped: " + name);
    } else {
      figures += "<figure>" + svg + "</figure>\n";
      ++pictures;
    }
  }
  if (!figures.empty()) text += "<div class=\"pictures\">\n" + figures + "</div>\n";
  for (const std::string& note : section.notes) notes += html_note(note);
  return text + notes + "</section>\n";
}

}  // namespace detail

/// Writes the page to `html`, complete or not at all. A picture whose file is missing or holds no complete svg element
/// is left out, and a note "picture skipped" stands in its place. Throws std::invalid_argument for a verdict that is
/// none of the five, and std::runtime_error where `html` can't be written.
inline void write_page(const std::filesystem::path& html, const Page& page) {
  using detail::escape_html;
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n";
  text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";
  text += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n";
  text += "<title>" + escape_html(page.title) + "</title>\n<style>" + std::string(detail::page_style) + "</style>\n";
  text += "</head>\n<body>\n<main>\n<h1>" + escape_html(page.title) + "</h1>\n";
  if (!page.summary.empty()) text += "<p class=\"summary\">" + escape_html(page.summary) + "</p>\n";
  if (!page.facts.empty()) text += "<div class=\"facts\">\n" + detail::html_table(page.facts) + "</div>\n";
  std::size_t pictures = 0;
  for (const PageSection& section : page.sections) text += detail::html_section(section, pictures);
  write_atomically(html, text + "</main>\n</body>\n</html>\n");
}

}  // namespace proxcvx
