/// \file
/// Tells how far a compilation is: a person at a terminal, or the program that started us.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/progress_line.h"
#include "codegen/compile.h"

namespace lind {

class ProgressReport {
 public:
  enum class Reader : std::uint8_t {
    kPerson,   ///< a ProgressLine
    kProgram,  ///< "progress PERCENT\n" on stderr, as often as the number changes
  };
  ProgressReport(Reader reader, const std::string& name)
      : reader_(reader), line_("lindc: compiling " + name) {}

  /// For CompileOptions; valid as long as we are.
  codegen::Progress sink() noexcept { return {.report = report, .context = this}; }

 private:
  static void report(void* context, std::size_t done, std::size_t total);
  void show(unsigned percent);

  Reader reader_;
  unsigned percent_ = 0;
  ProgressLine line_;
};

}  // namespace lind
