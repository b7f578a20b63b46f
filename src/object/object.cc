// TCB.  The file is read in three steps: sections (elf.cc), records of the right size (here),
// records that fit each other (check.cc).

#include "object/object.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include <fmt/core.h>

#include "base/checked.h"
#include "base/units.h"
#include "object/check_internal.h"
#include "object/elf_internal.h"

namespace lind::object {
namespace {

constexpr std::size_t kKeyBytes = 32;

/// Copies the records of section `name`; an absent section has none.
template <typename T>
ErrorOr<std::vector<T>> read_records(std::span<const Section> sections, const char* name) {
  static_assert(std::is_trivially_copyable_v<T>);
  const Section* section = find_section(sections, name);
  if (section == nullptr) return std::vector<T>{};
  const std::size_t num_bytes = section->bytes.size();
  if (num_bytes % sizeof(T) != 0) {
    return Error(
        fmt::format("section {} has {} bytes, records have {}", name, num_bytes, sizeof(T)));
  }
  std::vector<T> records(num_bytes / sizeof(T));
  if (num_bytes != 0) std::memcpy(records.data(), section->bytes.data(), num_bytes);
  return records;
}

ErrorOr<vmabi::HeaderRecord> read_header(std::span<const Section> sections) {
  const std::vector<vmabi::HeaderRecord> records =
      LIND_TRY(read_records<vmabi::HeaderRecord>(sections, vmabi::kSectionHeader));
  if (records.size() != 1) {
    return Error(fmt::format("section {} has {} records, expected 1", vmabi::kSectionHeader,
                             records.size()));
  }
  const vmabi::HeaderRecord& header = records.front();
  if (header.magic != vmabi::kObjectMagic) {
    return Error(
        fmt::format("object has magic {:#x}, expected {:#x}", header.magic, vmabi::kObjectMagic));
  }
  if (header.version != vmabi::kObjectVersion) {
    return Error(
        fmt::format("object has version {}, expected {}", header.version, vmabi::kObjectVersion));
  }
  constexpr std::uint32_t kKnownFlags = vmabi::kFlagLindProgram | vmabi::kFlagNeedsV3;
  if ((header.flags & ~kKnownFlags) != 0 || header.reserved != 0) {
    return Error(
        fmt::format("object has unknown flags {:#x}, {:#x}", header.flags, header.reserved));
  }
  return header;
}

/// The place of a part of the image; a part without bytes may have no section.
ErrorOr<Object::FileRange> image_range(std::span<const Section> sections, const char* name,
                                       std::uint32_t address, std::uint32_t size) {
  const Section* section = find_section(sections, name);
  if (section == nullptr && size == 0) return Object::FileRange{.offset = 0, .size = 0};
  if (section == nullptr) return Error(fmt::format("section {} is missing", name));
  if (section->address != address || section->bytes.size() != size) {
    return Error(fmt::format("section {} has {} bytes at {}, the header says {} at {}", name,
                             section->bytes.size(), section->address, size, address));
  }
  return Object::FileRange{.offset = section->offset, .size = size};
}

}  // namespace

ErrorOr<Object> Object::parse(std::span<const std::byte> bytes) {
  const std::vector<Section> sections = LIND_TRY(read_sections(bytes));
  Object object;
  object.header_ = LIND_TRY(read_header(sections));
  const vmabi::HeaderRecord& header = object.header_;
  object.text_range_ = LIND_TRY(image_range(sections, vmabi::kSectionText, 0, header.text_size));
  object.rodata_range_ = LIND_TRY(
      image_range(sections, vmabi::kSectionRodata, header.rodata_offset, header.rodata_size));

  const auto read = [&sections]<typename T>(std::vector<T>& records,
                                            const char* name) -> ErrorOr<void> {
    records = LIND_TRY(read_records<T>(sections, name));
    return {};
  };
  LIND_TRY(read(object.types_, vmabi::kSectionTypes));
  LIND_TRY(read(object.imports_, vmabi::kSectionImports));
  LIND_TRY(read(object.exports_, vmabi::kSectionExports));
  LIND_TRY(read(object.functions_, vmabi::kSectionFunctions));
  LIND_TRY(read(object.tables_, vmabi::kSectionTables));
  LIND_TRY(read(object.memories_, vmabi::kSectionMemories));
  LIND_TRY(read(object.globals_, vmabi::kSectionGlobals));
  LIND_TRY(read(object.tags_, vmabi::kSectionTags));
  LIND_TRY(read(object.elems_, vmabi::kSectionElems));
  LIND_TRY(read(object.elem_items_, vmabi::kSectionElemItems));
  LIND_TRY(read(object.const_steps_, vmabi::kSectionConstSteps));
  LIND_TRY(read(object.data_, vmabi::kSectionData));
  LIND_TRY(read(object.call_sites_, vmabi::kSectionCallSites));
  LIND_TRY(read(object.traps_, vmabi::kSectionTraps));
  LIND_TRY(read(object.fs_sites_, vmabi::kSectionFsSites));
  LIND_TRY(read(object.key_, vmabi::kSectionKey));
  LIND_TRY(read(object.pool_, vmabi::kSectionPool));
  if (object.key_.size() != kKeyBytes) {
    return Error(fmt::format("section {} has {} bytes, expected {}", vmabi::kSectionKey,
                             object.key_.size(), kKeyBytes));
  }
  LIND_TRY(check_records(object));
  return object;
}

std::span<const std::byte> Object::bytes(vmabi::Slice slice) const noexcept {
  return std::span(pool_).subspan(slice.offset, slice.size);
}

std::string_view Object::text(vmabi::Slice slice) const noexcept {
  const void* start = pool_.data() + slice.offset;
  return {static_cast<const char*>(start), slice.size};
}

}  // namespace lind::object
