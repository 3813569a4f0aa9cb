// SPDX-License-Identifier: MIT
#include <proxcvx/plot/histogram_picture.hpp>
#include <proxcvx/plot/page.hpp>
#include <proxcvx/plot/run_picture.hpp>
#include <set>

#include "plot/markup.hpp"
#include "plot/surroundings.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using surroundings::Folder;

namespace {

std::string written(const pc::Page& page) {
  const Folder folder;
  pc::write_page(folder / "page.html", page);
  CHECK(folder.files() == 1);
  return markup::read(folder / "page.html");
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

void write(const std::filesystem::path& path, std::string_view text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE("every text of a page is text, whatever it holds") {
  const std::string hostile = "<script>alert('1' & \"2\")</script> </style> --> ]]> \\ &amp; {}";
  int number = 0;
  const auto text = [&] { return std::to_string(++number) + hostile; };
  pc::Page page{.title = text(), .summary = text(), .facts = {{text(), text()}}};
  page.sections = {{.heading = text(), .rows = {{text(), text()}}, .notes = {text()}}, {.heading = text()}};
  const std::string html = written(page);
  const auto document = markup::parse(html);
  for (int i = 1; i <= number; ++i) CHECK(document.says(std::to_string(i) + hostile));
  CHECK(document.count("script") == 0);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(document.count("style") == 1);
  CHECK(document.count("h2") == 2);
}

TEST_CASE("a page holds all that it needs, and ids of its pictures are its own") {
  const Folder folder;
  pc::MarginHistogram histogram;
  for (int i = -3; i < 90; ++i) histogram.record(i);
  REQUIRE(pc::draw_histogram(folder / "margins.svg", histogram, "a <title>") == pc::PictureStatus::drawn);
  REQUIRE(pc::draw_run(folder / "run.svg", {.curves = {{"f", {3, 2, 1}, false}}}) == pc::PictureStatus::drawn);
  pc::Page page{.title = "pictures"};
  page.sections = {{.heading = "first", .pictures = {folder / "margins.svg", folder / "run.svg"}},
                   {.heading = "second <again>", .pictures = {folder / "run.svg"}}};
  const std::string html = written(page);
  const auto document = markup::parse(html);
  CHECK(document.count("svg") == 3);
  CHECK(document.says("a <title>"));
  CHECK(occurrences(html, "http://") == occurrences(html, "=\"http://www.w3.org/"));
  for (const std::string outside : {"https:", "<link", "@import", "src=", "<script", "Gnuplot</title>", "<?xml"}) {
    CAPTURE(outside);
    CHECK(html.find(outside) == std::string::npos);
  }

  const auto ids = document.values("id");
  const std::set<std::string> distinct(ids.begin(), ids.end());
  CHECK(ids.size() > 30);
  CHECK(distinct.size() == ids.size());
  const auto references = document.values("xlink:href");
  CHECK(references.size() > 10);
  for (const std::string& reference : references) {
    REQUIRE(reference.starts_with('#'));
    CHECK(distinct.contains(reference.substr(1)));
  }
  const auto labels = document.values("aria-label");
  CHECK(labels == std::vector<std::string>{"first: margins", "first: run", "second <again>: run"});
}

TEST_CASE("a picture that is not there is skipped, and the page says so") {
  const Folder folder;
  write(folder / "half.svg", "<svg><g>");
  write(folder / "empty.svg", "");
  pc::Page page{.title = "skipped"};
  page.sections = {{.heading = "s", .pictures = {folder / "gone<1>.svg", folder / "half.svg", folder / "empty.svg"}}};
  const auto document = markup::parse(written(page));
  CHECK(document.says("picture skipped: gone<1>"));
  CHECK(document.says("picture skipped: half"));
  CHECK(document.says("picture skipped: empty"));
  CHECK(document.count("svg") == 0);
  CHECK(document.count("figure") == 0);
}

TEST_CASE("an SVG from elsewhere loses its scripts, and its references stay its own") {
  const std::string file =
      "<?xml version='1.0'?><!DOCTYPE svg><svg width=\"1\" onload = 'run()'><!-- <b> --><script type='x'>if (1 < 2) "
      "{}</script>"
      "<script href='y'/><g id = 'a' onclick=\"run('a=b')\"><use href='#a' xlink:href=\"#b\"/></g>"
      "<path fill='url(#a)' style=\"mask:url(#b);filter:url(#c)\" d='M0,0'/><text data-id='a'>id='a' a &lt; "
      "b</text></svg>\n";
  const std::string svg = pc::detail::inline_svg(file, "p-", "a \"label\"");
  CHECK(svg ==
        "<svg role=\"img\" aria-label=\"a &quot;label&quot;\" width=\"1\" >"
        "<g id='p-a' ><use href='#p-a' xlink:href=\"#p-b\"/></g>"
        "<path fill='url(#p-a)' style=\"mask:url(#p-b);filter:url(#p-c)\" d='M0,0'/><text data-id='a'>id='a' a &lt; "
        "b</text></svg>");
  CHECK(pc::detail::inline_svg("no picture", "p-", "").empty());
  CHECK(pc::detail::inline_svg("</svg><svg>", "p-", "").empty());
}

TEST_CASE("a verdict is a badge, and there are five") {
  for (const auto verdict : {pc::Verdict::violated, pc::Verdict::no_violation_found, pc::Verdict::proved_on_box,
                             pc::Verdict::proved_by_theorem, pc::Verdict::inconclusive}) {
    pc::Page page{.title = "t"};
    page.sections = {{.heading = "h", .verdict = std::string(pc::to_string(verdict))}, {.heading = "none"}};
    const std::string html = written(page);
    CHECK(markup::parse(html).says(" " + std::string(pc::to_string(verdict))));
    CHECK(occurrences(html, "class=\"badge ") == 1);
  }
  const Folder folder;
  for (const std::string wrong : {"holds", "Violated", "no-violation-found "}) {
    pc::Page page{.title = "t"};
    page.sections = {{.heading = "h", .verdict = wrong}};
    CHECK_THROWS_WITH(pc::write_page(folder / "page.html", page), Catch::Matchers::ContainsSubstring(wrong));
  }
  CHECK(folder.files() == 0);
}

TEST_CASE("what is not UTF-8 becomes U+FFFD") {
  using pc::detail::escape_html;
  const std::string bad = "\xef\xbf\xbd";
  CHECK(escape_html("\xce\xbe\xe2\x89\xa5\xf0\x9f\x8e\xb2\t\n") == "\xce\xbe\xe2\x89\xa5\xf0\x9f\x8e\xb2\t\n");
  CHECK(escape_html("a\xff"
                    "b") == "a" + bad + "b");
  CHECK(escape_html("\xc3") == bad);                                // truncated
  CHECK(escape_html("\xe2\x89<") == bad + bad + "&lt;");            // truncated by a character that counts
  CHECK(escape_html("\xc0\xaf") == bad + bad);                      // overlong
  CHECK(escape_html("\xe0\x80\xaf") == bad + bad + bad);            // overlong
  CHECK(escape_html("\xf0\x80\x80\xaf") == bad + bad + bad + bad);  // overlong
  CHECK(escape_html("\xed\xa0\x80") == bad + bad + bad);            // a surrogate
  CHECK(escape_html("\xf4\x90\x80\x80") == bad + bad + bad + bad);  // beyond U+10FFFF
  CHECK(escape_html("\xf4\x8f\xbf\xbd") == "\xf4\x8f\xbf\xbd");
  CHECK(escape_html("\xef\xbf\xbe") == bad + bad + bad);  // U+FFFE is no character
  CHECK(escape_html(std::string_view("\0\x1b", 2)) == bad + bad);
  CHECK(markup::parse(written({.title = "t\xff"})).says("t" + bad));
}

TEST_CASE("a page replaces the one before as a whole, or leaves it") {
  const Folder folder;
  const auto path = folder / "page.html";
  pc::write_page(path, {.title = "one"});
  pc::write_page(path, {.title = "two"});
  CHECK(markup::parse(markup::read(path)).says("two"));
  CHECK_THROWS_AS(pc::write_page(folder / "no/such/page.html", {.title = "t"}), std::runtime_error);
  std::filesystem::create_directory(folder / "folder");
  CHECK_THROWS_AS(pc::write_page(folder / "folder", {.title = "t"}), std::runtime_error);
  CHECK(folder.files() == 2);
}
