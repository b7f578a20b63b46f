// The command line and the environment.

#include <span>
#include <string>
#include <vector>

#include "wasi/functions.h"
#include "wasi/program.h"

namespace lind::wasi {
namespace {

Answer write_sizes(const std::vector<std::string>& texts, Ptr<std::uint32_t> count,
                   Ptr<std::uint32_t> num_bytes) {
  std::size_t total = 0;
  for (const std::string& text : texts)
    total += text.size() + 1;
  // exec has limited both.
  LIND_TRY(count.write(static_cast<std::uint32_t>(texts.size())));
  return num_bytes.write(static_cast<std::uint32_t>(total));
}

Answer write_texts(const std::vector<std::string>& texts, Ptr<std::uint32_t> pointers,
                   Bytes buffer) {
  std::uint64_t offset = 0;
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    LIND_TRY(
        buffer.copy_out(offset, std::as_bytes(std::span(texts[i].c_str(), texts[i].size() + 1))));
    LIND_TRY(pointers.write(static_cast<std::uint32_t>(to_u64(buffer.address()) + offset), i));
    offset += texts[i].size() + 1;
  }
  return {};
}

}  // namespace

Answer args_get(Context& context, Ptr<std::uint32_t> argv, Bytes buffer) {
  return write_texts(context.program.args(), argv, buffer);
}

Answer args_sizes_get(Context& context, Ptr<std::uint32_t> count, Ptr<std::uint32_t> num_bytes) {
  return write_sizes(context.program.args(), count, num_bytes);
}

Answer environ_get(Context& context, Ptr<std::uint32_t> environ, Bytes buffer) {
  return write_texts(context.program.env(), environ, buffer);
}

Answer environ_sizes_get(Context& context, Ptr<std::uint32_t> count, Ptr<std::uint32_t> num_bytes) {
  return write_sizes(context.program.env(), count, num_bytes);
}

}  // namespace lind::wasi
