/// \file
/// A line at the terminal that says how far something is which takes its time.

#pragma once

#include <chrono>
#include <string>

namespace lind {

/// Written to stderr if that is a terminal, from a second after the constructor on, over and over;
/// the destructor removes it.
///
/// Threading: one thread at a time.
class ProgressLine {
 public:
  /// `what` goes before the number; nothing in it may act on a terminal.
  explicit ProgressLine(std::string what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(unsigned percent);

 private:
  std::string what_;
  bool is_terminal_;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace lind
