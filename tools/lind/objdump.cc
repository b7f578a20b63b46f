#include "objdump.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/log.h"
#include "embed/compiler.h"
#include "exit_status.h"
#include "message.h"

namespace lind::cli {

int objdump_command(const std::string& /*command*/, const std::vector<std::string>& arguments) {
  const ErrorOr<embed::CompilerProgram> compiler = embed::find_compiler();
  if (!compiler.ok()) {
    log::error("{}", printable(compiler.error().message()));
    return kExitFailed;
  }
  std::vector<std::string> words = {"lindc", "objdump"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(compiler.value().path.c_str(), argv.data());
  log::error("{}", printable(host_error(compiler.value().path, errno).message()));
  return kExitFailed;
}

}  // namespace lind::cli
