/// \file
/// The command line of `lind wasi` and lucet-wasi.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "run_options.h"
#include "runtime/thread.h"

namespace lind::cli {

/// Which of the two parts of `--dir` comes first.
enum class DirOrder : std::uint8_t { kHostFirst, kGuestFirst };

/// `HOST:GUEST[:ro]`, `HOST::GUEST[:ro]`, or `DIR` for the same name on both sides.  The guest's
/// name may be relative.  Errors: an empty part, a name with "..".
ErrorOr<Grant> parse_wasi_grant(const std::string& text, DirOrder order);

/// The absolute guest path of a directory that the program calls `name`: "." and "/" are "/".
std::string guest_path_of(const std::string& name);

/// What 32 bits can address.
inline constexpr std::uint64_t kMaxWasmBytes = 4 * kGiB;

struct WasiOptions {
  std::vector<Grant> grants;               ///< `guest` as the program calls it
  std::map<std::string, std::string> env;  ///< of the guest, complete
  std::string entry = "_start";
  std::string invoke;                                             ///< "": run `entry`
  std::string cwd;                                                ///< "": none
  std::vector<std::string> listen;                                ///< ADDRESS:PORT
  std::uint64_t max_memory_bytes = kMaxWasmBytes;                 ///< --max-memory, --max-heap-size
  std::uint64_t address_space_bytes = 2 * kMaxWasmBytes;          ///< --heap-address-space
  std::uint64_t stack_bytes = runtime::kDefaultNativeStackBytes;  ///< --stack-size
  bool verify_signature = false;
  std::string public_key;        ///< --signature-pk: file
  bool is_lucet = false;         ///< called as lucet-wasi
  std::uint64_t timeout_ms = 0;  ///< --timeout; 0: none
  bool verbose = false;
  bool debug = false;
  std::vector<std::string> grates;  ///< the words in front of the module; none: no grate
  std::string module;
  std::vector<std::string> args;  ///< behind MODULE
};

/// Whether a word is the name of a grate, or a module.
struct WordKinds {
  std::function<bool(const std::string& word)> is_grate;
  std::function<bool(const std::string& word)> is_module;
};
/// `[GRATE [OPTIONS]]... MODULE [--] ARGUMENTS`: what stands where.
/// Errors: no module behind a grate.
ErrorOr<void> take_words(std::vector<std::string> words, const WordKinds& kinds,
                         WasiOptions& options);

/// `arguments` are those behind the command's name.
/// Errors: one line for a person.
ErrorOr<std::variant<WasiOptions, HelpText>> parse_wasi_options(
    const std::string& command, const std::vector<std::string>& arguments, const WordKinds& kinds);

}  // namespace lind::cli
