// Stands in for lindc in broker_test: does what the module's text says.

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

void say(int fd, std::string_view text) {
  if (::write(fd, text.data(), text.size()) < 0) std::_Exit(99);
}

int count_open_fds() {
  int count = 0;
  struct stat status{};
  for (int fd = 0; fd < 1024; ++fd)
    count += ::fstat(fd, &status) == 0 ? 1 : 0;
  return count;
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const int module = std::stoi(arguments.at(1));
  const int object = std::stoi(arguments.at(3));
  std::string order(4096, '\0');
  const ssize_t count = ::read(module, order.data(), order.size());
  order.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  if (order == "complain") {
    say(STDERR_FILENO, "lindc: descriptor 3: bad \x1b[1m module\nmore\n");
    return 1;
  }
  if (order == "flood") {
    for (int i = 0; i < 100'000; ++i)
      say(STDERR_FILENO, "a line that is not the first\n");
    return 1;
  }
  if (order == "progress") {
    for (const std::string_view text : {"progress 7\nfir", "st\nprogress 1", "12\nprogress x\n"})
      say(STDERR_FILENO, text);
    return 1;
  }
  if (order == "crash") (void)std::raise(SIGKILL);
  if (order == "silent") return 3;
  if (order == "hang") (void)::poll(nullptr, 0, -1);  // pause is not on the broker's list
  if (order == "arguments") {
    for (const std::string& argument : arguments)
      say(object, argument + "\n");
    return 0;
  }
  if (order == "surroundings") {
    say(object, "descriptors " + std::to_string(count_open_fds()));
    say(object, environment[0] == nullptr ? ", no environment" : ", environment");
    return 0;
  }
  say(object, "object of " + order);
  return 0;
}
