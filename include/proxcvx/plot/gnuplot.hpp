// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/plot/program.hpp>
#include <proxcvx/plot/text.hpp>
#include <string>
#include <string_view>
#include <vector>

// Pictures by the program gnuplot, as SVG. gnuplot is needed when a picture is drawn, never to build, and a run goes on
// without it: what became of a picture is a status, not an exception. The environment variable PROXCVX_GNUPLOT names
// another program than the `gnuplot` of PATH.

namespace proxcvx {

/// What became of a picture.
enum class PictureStatus {
  drawn,       ///< the file is there, as a whole
  no_gnuplot,  ///< there is no such program; nothing was written
  failed       ///< gnuplot was started and drew no picture; nothing was written
};

/// "drawn", "no-gnuplot" or "failed".
[[nodiscard]] constexpr std::string_view to_string(PictureStatus status) {
  switch (status) {
    case PictureStatus::drawn:
      return "drawn";
    case PictureStatus::no_gnuplot:
      return "no-gnuplot";
    case PictureStatus::failed:
      break;
  }
  return "failed";
}

inline std::ostream& operator<<(std::ostream& out, PictureStatus status) { return out << to_string(status); }

namespace detail {

[[nodiscard]] inline std::string gnuplot_program() {
  const char* given = std::getenv("PROXCVX_GNUPLOT");
  return given && *given ? given : "gnuplot";
}

[[nodiscard]] inline std::string whole_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// `lines` as one gnuplot string. Between single quotes nothing is special to gnuplot but the quote (no escapes, no
/// macros, no backticks), and a quote is joined on in double quotes, since gnuplot 5.4 misreads some runs of doubled
/// ones. Draw it with `noenhanced`, and _, ^, {} are what they look like, too.
[[nodiscard]] inline std::string quoted(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += text.empty() ? "'" : "'.\"\\n\".'";
    for (const char character : line) text += character == '\'' ? "'.\"'\".'" : std::string(1, character);
  }
  return text.empty() ? "''" : text + "'";
}

/// `text` as a gnuplot string of at most `lines` lines of `width` characters.
[[nodiscard]] inline std::string quoted(std::string_view text, std::size_t width, std::size_t lines) {
  return quoted(balanced(text, width, lines));
}

/// The terminal for a picture of 560 by `height` pixels.
[[nodiscard]] inline std::string terminal(int height) {
  return "set terminal svg size 560," + std::to_string(height) +
         " fixed enhanced rounded font 'sans-serif,14' background rgb 'white'\n";
}

/// How every picture looks: axes that stay in the background, and a legend below them.
inline constexpr std::string_view picture_style = R"(set encoding utf8
set border 3 linewidth 1 linecolor rgb '#555555'
set tics out nomirror scale 0.7,0.35 textcolor rgb '#333333'
set grid xtics ytics linetype 1 linewidth 0.75 linecolor rgb '#e3e3e3'
set key below center reverse Left noenhanced samplen 2.6 spacing 1.15 font ',14' textcolor rgb '#222222'
set title noenhanced font ',14' textcolor rgb '#111111'
set xlabel noenhanced offset 0,0.3 textcolor rgb '#222222'
set ylabel noenhanced textcolor rgb '#222222'
)";

}  // namespace detail

/// Whether pictures can be drawn: the program starts and gives its version. Takes milliseconds; not remembered.
[[nodiscard]] inline bool gnuplot_available() {
  const detail::TemporaryFolder work;
  if (work.path().empty()) return false;
  const auto end =
      detail::run_program({detail::gnuplot_program(), "--version"}, work.path() / "output", work.path() / "errors");
  return end.found && end.status == 0;
}

/// Runs gnuplot on `script`, which need not choose a terminal or an output, and writes the picture to `svg`, complete
/// or not at all. The user's own gnuplot settings play no part. Where `complaint` is given, it receives what gnuplot
/// had to say (warnings included). Throws std::runtime_error where the picture is there and `svg` can't be written.
[[nodiscard]] inline PictureStatus draw(const std::filesystem::path& svg, std::string_view script,
                                        std::string* complaint = nullptr) {
  const auto ends_as = [&](PictureStatus status, const std::string& words) {
    if (complaint) *complaint = words;
    return status;
  };
  const detail::TemporaryFolder work;
  const std::filesystem::path commands = work.path() / "picture.gnuplot";
  std::ofstream file(commands, std::ios::binary);
  file << detail::terminal(380) << detail::picture_style << script << '\n';
  file.close();
  if (work.path().empty() || file.fail()) return ends_as(PictureStatus::failed, "no place for temporary files");

  const std::string program = detail::gnuplot_program();
  const auto end = detail::run_program({program, "--default-settings", commands.string()}, work.path() / "picture.svg",
                                       work.path() / "errors");
  if (!end.found) return ends_as(PictureStatus::no_gnuplot, "no program " + program);
  const std::string words = detail::whole_file(work.path() / "errors");
  if (end.status != 0) {
    return ends_as(PictureStatus::failed, program + " ended with status " + std::to_string(end.status) + "\n" + words);
  }
  std::string picture = detail::whole_file(work.path() / "picture.svg");
  picture.erase(picture.find_last_not_of(" \n") + 1);
  if (picture.find("<svg") == std::string::npos || !picture.ends_with("</svg>")) {
    return ends_as(PictureStatus::failed, program + " drew no complete picture\n" + words);
  }
  write_atomically(svg, picture + "\n");
  return ends_as(PictureStatus::drawn, words);
}

}  // namespace proxcvx
