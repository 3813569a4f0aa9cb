// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <locale>
#include <sstream>
#include <string>
#include <vector>

// Ticks for logarithmic axes of any extent, from a fraction of an octave to hundreds of decades: never fewer than two
// labels, never so many that they touch. Labels are gnuplot's enhanced text.

namespace proxcvx::detail {

/// The number as gnuplot reads it, whatever the locale of the program.
[[nodiscard]] inline std::string number_text(double value, int digits = 9) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(digits);
  text << value;
  return text.str();
}

/// The number for the reader: 0.25, 1000, or 2x10^{-7} with its exponent raised.
[[nodiscard]] inline std::string number_label(double value, int digits = 3) {
  const double magnitude = std::abs(value);
  const std::string sign = value < 0 ? "\xe2\x88\x92" : "";
  if (magnitude == 0 || (magnitude > 0.99e-3 && magnitude < 0.99e5)) {
    return sign + number_text(magnitude, std::max(digits, 5));
  }
  int exponent = static_cast<int>(std::floor(std::log10(magnitude) + 1e-9));
  const std::string mantissa = number_text(magnitude / std::pow(10.0, exponent), digits);
  const std::string power =
      "10^{" + std::string(exponent < 0 ? "\xe2\x88\x92" : "") + std::to_string(std::abs(exponent)) + "}";
  return sign + (mantissa == "1" ? "" : mantissa + "\xc3\x97") + power;
}

/// A mark on an axis; without a label it is a minor one.
struct Tick {
  double at;
  std::string label;
};

/// 10^exponent, correctly rounded where the exponent is small.
[[nodiscard]] inline double decade(int exponent) {
  return exponent < 0 ? 1 / std::pow(10.0, -exponent) : std::pow(10.0, exponent);
}

/// Ticks at round numbers between low and high, evenly spaced: at most eight or so.
[[nodiscard]] inline std::vector<Tick> even_ticks(double low, double high) {
  const double rough = (high - low) / 5;
  const double unit = std::pow(10.0, std::floor(std::log10(rough)));
  const double step = rough <= unit * 1.01 ? unit
                      : rough <= 2 * unit  ? 2 * unit
                      : rough <= 5 * unit  ? 5 * unit
                                           : 10 * unit;
  const double largest = std::max(std::abs(low), std::abs(high));
  const int digits = std::clamp(static_cast<int>(std::ceil(std::log10(largest / step))) + 2, 3, 15);
  std::vector<Tick> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) {
    ticks.push_back({k * step, number_label(k * step, digits)});
  }
  return ticks;
}

/// The smallest of 1, 2, 3, 5, 10, 20, 30, 50, 100, ... that is not below `least`.
[[nodiscard]] inline int round_step(int least) {
  for (int unit = 1;; unit *= 10) {
    for (const int digit : {1, 2, 3, 5}) {
      if (digit * unit >= least) return digit * unit;
    }
  }
}

/// Ticks of a logarithmic axis over 0 < low < high: decades, every so many decades, 1-2-5 or evenly spaced numbers,
/// whatever the extent asks for; at most `most_labels` labels on decades.
[[nodiscard]] inline std::vector<Tick> logarithmic_ticks(double low, double high, int most_labels = 7) {
  const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  const bool decades_suffice = last - first >= 2;
  if (!decades_suffice && high / low < 5) return even_ticks(low, high);
  const int step = decades_suffice ? round_step((last - first) / most_labels + 1) : 1;
  const bool plain = first >= -3 && last <= 4;
  std::vector<Tick> ticks;
  for (int exponent = first - 1; exponent <= last; ++exponent) {
    for (const int digit : {1, 2, 3, 4, 5, 6, 7, 8, 9}) {
      const double at = digit * decade(exponent);
      if (at < low * (1 - 1e-9) || at > high * (1 + 1e-9) || (digit > 1 && step > 1)) continue;
      const bool labelled =
          decades_suffice ? digit == 1 && exponent % step == 0 : digit == 1 || digit == 2 || digit == 5;
      if (!labelled && step > 5) continue;  // a mark a decade would be a black bar
      const std::string power =
          "10^{" + std::string(exponent < 0 ? "\xe2\x88\x92" : "") + std::to_string(std::abs(exponent)) + "}";
      ticks.push_back({at, !labelled ? "" : decades_suffice && !plain ? power : number_label(at)});
    }
  }
  return ticks;
}

/// The ticks as a gnuplot command for the axis "x" or "y".
[[nodiscard]] inline std::string tick_command(const std::string& axis, const std::vector<Tick>& ticks) {
  std::string list;
  for (const Tick& tick : ticks) {
    list += (list.empty() ? "" : ", ") + ("'" + tick.label + "' ") + number_text(tick.at) +
            (tick.label.empty() ? " 1" : "");
  }
  return "set " + axis + "tics (" + list + ")\n";
}

}  // namespace proxcvx::detail
