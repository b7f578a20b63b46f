#include "object/seal.h"

#include <algorithm>
#include <vector>

#include "object/digest.h"
#include "object/elf_internal.h"
#include "vmabi/object_format.h"

namespace lind::object {
namespace {

/// Where the digest lies in the file.
ErrorOr<std::size_t> digest_offset(std::span<const std::byte> file) {
  const std::vector<Section> sections = LIND_TRY(read_sections(file));
  const Section* const section = find_section(sections, vmabi::kSectionDigest);
  if (section == nullptr || section->bytes.size() != Digest{}.size()) {
    return Error("the object has no digest");
  }
  return static_cast<std::size_t>(section->offset);
}

Digest digest_without(std::span<const std::byte> file, std::size_t offset) {
  Sha256 hash;
  hash.add(file.first(offset));
  hash.add(Digest{});
  hash.add(file.subspan(offset + Digest{}.size()));
  return hash.finish();
}

}  // namespace

bool is_object(std::span<const std::byte> file) {
  const ErrorOr<std::vector<Section>> sections = read_sections(file);
  return sections.ok() && find_section(sections.value(), vmabi::kSectionHeader) != nullptr;
}

ErrorOr<void> seal(std::span<std::byte> file) {
  const std::size_t offset = LIND_TRY(digest_offset(file));
  std::ranges::copy(digest_without(file, offset),
                    file.begin() + static_cast<std::ptrdiff_t>(offset));
  return {};
}

ErrorOr<void> check_seal(std::span<const std::byte> file) {
  const std::size_t offset = LIND_TRY(digest_offset(file));
  const std::span<const std::byte> written = file.subspan(offset, Digest{}.size());
  if (std::ranges::equal(written, digest_without(file, offset))) return {};
  if (std::ranges::equal(written, Digest{})) {
    return Error("the object is not sealed, as only files of `lindc -o` are");
  }
  return Error("the object was altered: its digest is another");
}

}  // namespace lind::object
