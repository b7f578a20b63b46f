#include "keep.h"

#include <system_error>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "exit_status.h"
#include "message.h"

namespace lind::cli {

int keep_command(const std::string& command, const std::vector<std::string>& arguments) {
  std::error_code error;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = own.parent_path() / "lind-keep";
  std::vector<std::string> words = {command};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  (void)::execv(program.c_str(), argv.data());
  return fail(kExitFailed, host_error(program, errno).message());
}

}  // namespace lind::cli
