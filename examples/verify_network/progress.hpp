// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <ostream>
#include <string>

// Progress of anything that takes longer than two seconds: a bar on a terminal, plain lines otherwise.

namespace verify_network {

class ProgressBar {
 public:
  /// Draws on `stream`; `terminal` says whether a line can be overwritten.
  ProgressBar(std::ostream& stream, bool terminal) : stream_{stream}, terminal_{terminal} {}
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  void update(const std::string& what, double done, double total) {
    const auto now = Clock::now();
    if (what != what_) {
      clear();
      what_ = what;
      started_ = now;
    }
    const std::chrono::duration<double> elapsed = now - started_;
    const std::chrono::duration<double> silence = now - shown_;
    const double pause = terminal_ ? 0.1 : 5.0;
    if (silence.count() < (spoke_ ? pause : 2.0)) return;
    spoke_ = true;
    shown_ = now;
    const double fraction = total > 0 ? done / total : 0;
    const auto percent = std::to_string(static_cast<int>(100 * fraction)) + " %";
    std::string rest = percent;
    if (fraction > 0) {
      rest += ", about " + std::to_string(static_cast<long>(elapsed.count() * (1 - fraction) / fraction)) + " s left";
    }
    if (terminal_) {
      const auto filled = static_cast<std::size_t>(30 * fraction);
      stream_ << '\r' << what << "  [" << std::string(filled, '#') << std::string(30 - filled, '.') << "] " << rest
              << "    " << std::flush;
      drawn_ = true;
    } else {
      stream_ << what << ": " << rest << std::endl;
    }
  }

  /// Takes the bar off the terminal.
  void clear() {
    if (drawn_) stream_ << '\r' << std::string(100, ' ') << '\r' << std::flush;
    drawn_ = false;
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::ostream& stream_;
  bool terminal_;
  bool drawn_ = false;
  bool spoke_ = false;
  std::string what_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point shown_ = Clock::now();
};

}  // namespace verify_network
