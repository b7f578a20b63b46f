#include "perf_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <span>
#include <string>

#include <fmt/format.h>

#include "base/log.h"
#include "object/file.h"

namespace lind::cli {

ErrorOr<PerfMap> PerfMap::create() {
  const std::string path = fmt::format("/tmp/perf-{}.map", ::getpid());
  (void)::unlink(path.c_str());  // if it is still there, the next line says so
  host::UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) return host_error(path, errno);
  return PerfMap(std::move(file));
}

void PerfMap::add(const runtime::Program& program) const {
  std::string lines;
  for (const vmabi::FunctionRecord& function : program.object().functions()) {
    if (function.code_size == 0) continue;
    fmt::format_to(std::back_inserter(lines), "{:x} {:x} {}\n",
                   program.text_start() + function.code_offset, function.code_size,
                   program.function_name(function.code_offset));
  }
  const Result<void, int> written =
      object::write_file(file_.get(), std::as_bytes(std::span(lines)));
  if (!written.ok()) log::warning("{}", host_error("the map for perf", written.error()).message());
}

}  // namespace lind::cli
