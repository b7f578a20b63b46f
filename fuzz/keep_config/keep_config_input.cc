#include <array>
#include <span>
#include <string_view>

#include "keep/config.h"
#include "smoke.h"

namespace lind::fuzz {

std::vector<std::byte> make_input(std::uint64_t seed) {
  constexpr std::array<std::string_view, 3> kTexts = {
      "steward = \"https://s\"\nargs = [\"a\", 'b', \"\\u00fc\\n\"]\n[env]\n\"a b\" = "
      "\"\"\"\nx\"\"\"\n"
      "[[files]]\nkind = \"null\"\n[[files]]\nkind = \"listen\"\nname = \"l\"\nprot = \"tls\"\n"
      "[[files]]\nkind = \"connect\"\nhost = \"h\"\nprot = \"tcp\"\nport = 1\n",
      "lind.memory = \"64MiB\"\nlind.time = 5\nlind.grates = [[\"a\", \"b\"], \"c\"]\n"
      "lind.directories = [{host = \"h\", guest = \"/g\", read-only = false}]\n"
      "lind.modules = [\"m\"]\nlind.pass-env = [\"P\"]\n# comment\nfiles = [{kind = 'stdin'}]\n",
      "a.b.c = 1979-05-27T07:32:00Z\nd = [1, [0x5, 0b1], 1e5, inf, -nan, true]\n[e.'f'.\"g\"]\n"};
  const std::string_view text = seed % 4 < 3 ? kTexts.at(seed % 4) : keep::kConfigTemplate;
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace lind::fuzz
